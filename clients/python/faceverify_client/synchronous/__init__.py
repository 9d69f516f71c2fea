"""Made by scripts/clients.py of the client for asyncio: changes belong there."""
