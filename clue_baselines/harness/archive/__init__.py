"""Archives: submit.zip for the leaderboard, and those that CLUE publishes."""
