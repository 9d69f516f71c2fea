"""Signing in: how often somebody may guess, which browsers are known, and telling of new ones."""
