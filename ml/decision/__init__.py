"""From embeddings to outcomes: the last neuron, galleries, thresholds. NumPy only."""
