"""Head, thresholds and probabilities of a model, fitted on labelled photos."""
