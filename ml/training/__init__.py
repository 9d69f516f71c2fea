"""Train networks: configurations, data, batches, checkpoints."""
