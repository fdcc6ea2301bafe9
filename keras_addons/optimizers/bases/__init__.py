"""What the optimizers are built on: base classes, nesting, state."""
