"""Training in less memory: GradientCache and how it calls a model."""
