"""Implementations for JAX."""
