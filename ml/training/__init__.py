"""Train networks: data, batches, checkpoints and the configurations."""
