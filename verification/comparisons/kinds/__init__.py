"""What photos are compared with: a file for each kind, with its form, run, words and page."""
