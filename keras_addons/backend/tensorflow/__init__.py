"""TensorFlow's side of the seam."""
