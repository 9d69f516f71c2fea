"""Webhooks: messages to an owner's program, at its own address, when something is finished."""
