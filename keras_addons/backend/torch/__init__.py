"""torch's side of the seam."""
