"""The command line: its options, their defaults, and optimizers by name."""
