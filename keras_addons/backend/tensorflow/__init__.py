"""Implementations for TensorFlow."""
