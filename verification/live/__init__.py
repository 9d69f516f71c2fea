"""Verification before a camera: sessions, their frames as they come, and what is kept at the end."""
