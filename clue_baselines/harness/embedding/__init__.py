"""Sentence vectors as features: how well they serve tasks without training."""
