"""Thresholds measured on the owner's own gallery."""
