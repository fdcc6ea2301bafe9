"""Layers with discrete codes: vector and scalar quantization."""
