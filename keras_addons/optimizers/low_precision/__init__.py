"""Weights of 16 bits: their float32 masters, and who cannot move them."""
