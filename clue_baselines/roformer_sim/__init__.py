"""RoFormer-Sim: one model that retrieves and generates similar sentences."""
