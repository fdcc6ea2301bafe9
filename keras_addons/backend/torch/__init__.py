"""Implementations for torch."""
