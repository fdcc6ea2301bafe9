"""JAX' side of the seam."""
