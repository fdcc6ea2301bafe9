"""Estimators of the gradient of an expectation over discrete choices."""
