"""Batches: many pairs at once, from a list and a ZIP of photos."""
