"""The blocks of a transformer and what they are made of."""
