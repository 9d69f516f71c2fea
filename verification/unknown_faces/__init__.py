"""Faces of group photos that nobody in the gallery is, gathered by likeness, to be named in one go."""
