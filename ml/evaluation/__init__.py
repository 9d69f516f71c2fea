"""How accurate, robust and fast a model is, on labelled photos."""
