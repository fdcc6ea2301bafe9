"""Layers that mix tokens in place of attention."""
