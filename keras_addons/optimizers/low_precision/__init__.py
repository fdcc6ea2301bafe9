"""Training of 16-bit weights: float32 stand-ins and a warning."""
