"""Work that a worker carries out: the row, its claim, its files and its queue. Knows no capability."""
