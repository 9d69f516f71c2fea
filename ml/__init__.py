"""Faces to numbers to verdicts: detection, alignment, embedding, decision. Knows nothing of Django."""

import os

# TensorFlow's oneDNN graph pass crashes at random at the first call of a compiled function. It
# reads this when it is first imported, from whichever module that is.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
