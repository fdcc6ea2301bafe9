"""Normalization of features."""
