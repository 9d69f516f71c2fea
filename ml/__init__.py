"""Face verification: detection, alignment, embedding, decision. Independent of Django."""

import os

# TensorFlow's oneDNN graph pass crashes at random at the first call of a compiled function. TensorFlow
# reads this variable when it is first imported, so it is set here.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
