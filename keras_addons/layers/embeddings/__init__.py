"""Embeddings of token ids and segment ids."""
