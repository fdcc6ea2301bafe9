"""Base classes of the optimizers, nesting rules, and state."""
