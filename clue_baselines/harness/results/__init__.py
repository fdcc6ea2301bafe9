"""What a run leaves in its folder: scores, submission, weights and state."""
