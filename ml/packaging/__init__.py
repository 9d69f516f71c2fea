"""From networks to a model folder: build, export, fit, describe, import."""
