"""Looking after what is stored: whether all of it is there, its keys, its backups."""
