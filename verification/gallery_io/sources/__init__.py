"""People and photos kept by other programs, read without changing anything there.

A source yields what it has; `packing` makes a ZIP of it, as somebody might have sent it, and the import
goes on from there.
"""
