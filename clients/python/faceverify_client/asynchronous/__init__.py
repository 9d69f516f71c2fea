"""The client for asyncio, written by hand; `scripts/clients.py` makes the other one of it."""
