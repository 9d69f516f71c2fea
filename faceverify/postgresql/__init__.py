"""PostgreSQL as Django knows it, without waiting for ever for a server that does not answer."""
