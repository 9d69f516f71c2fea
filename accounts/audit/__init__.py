"""Who did what, and who looked at which face: an append-only log with a hash chain."""
