"""Batches of rows of similar sequence length."""
