"""Training with large batches in little memory: GradientCache."""
