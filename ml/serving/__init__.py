"""Load a model folder and compare faces with it."""
