"""Random variables that gradients pass through."""
