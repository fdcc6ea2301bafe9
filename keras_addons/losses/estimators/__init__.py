"""Ways to estimate the gradient of an expectation."""
