"""Attention layers, their masks and their key/value cache."""
