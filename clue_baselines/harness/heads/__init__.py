"""What is put on an encoder, and what its outputs mean."""
