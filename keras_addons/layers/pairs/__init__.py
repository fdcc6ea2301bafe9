"""Layers for losses that compare two embeddings."""
