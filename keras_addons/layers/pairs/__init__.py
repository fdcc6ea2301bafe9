"""Layers around losses that compare two embeddings."""
