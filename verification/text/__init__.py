"""Text that people search: folded alike on every database."""
