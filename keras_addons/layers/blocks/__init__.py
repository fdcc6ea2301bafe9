"""Transformer blocks and feed-forward layers."""
