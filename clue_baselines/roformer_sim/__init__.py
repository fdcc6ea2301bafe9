"""RoFormer-Sim: one encoder that finds similar sentences and writes them."""
