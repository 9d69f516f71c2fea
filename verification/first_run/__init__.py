"""The first minutes of a new account: photos to try with, and a list of first steps."""
