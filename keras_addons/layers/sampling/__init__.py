"""Sampling layers with gradients."""
