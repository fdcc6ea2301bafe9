"""Families of transformers, one file each."""
