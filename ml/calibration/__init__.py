"""Fit a model's head, thresholds and probabilities on labelled photos."""
