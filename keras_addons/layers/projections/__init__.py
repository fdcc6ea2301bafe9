"""Linear maps that cost less than a dense layer."""
