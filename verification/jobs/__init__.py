"""Rows that a worker carries out: what comparisons and anchors have in common."""
