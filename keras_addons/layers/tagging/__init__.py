"""Layers for tagging and for the extraction of spans."""
