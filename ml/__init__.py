"""Faces to numbers to verdicts: detection, alignment, embedding, decision. Knows nothing of Django."""
