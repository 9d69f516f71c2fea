"""From a model folder to verdicts."""
