"""Families of transformers, one file each: what is theirs and no other's."""
