"""Invitations: a link with which somebody may create an account, or become an administrator."""
