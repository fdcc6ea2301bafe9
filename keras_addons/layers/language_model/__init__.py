"""What turns features into losses over a vocabulary."""
