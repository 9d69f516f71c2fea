"""Webhooks: tell a program of the owner's, at its own address, that something is finished."""
