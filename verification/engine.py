"""The one door to `ml`: the rest of the Django project never imports it.

Cleaning a photo needs Pillow and NumPy only and runs in the web process; comparing loads the
model and runs in a worker.
"""

import io
import threading

import numpy as np
from django.conf import settings
from PIL import Image

from ml import images
from ml.errors import ArtifactError, ImageRefused, MlError

__all__ = [
    "FALSE_MATCH_RATES",
    "FORMAT_NAMES",
    "MAX_BYTES",
    "ArtifactError",
    "ImageRefused",
    "MlError",
    "compare",
    "get_verifier",
    "jpeg",
    "model_problem",
    "sanitize",
]

FALSE_MATCH_RATES = (1e-2, 1e-3, 1e-4)
FORMAT_NAMES = images.FORMAT_NAMES
MAX_BYTES = images.MAX_BYTES

_lock = threading.Lock()
_verifier = None


def sanitize(data: bytes) -> bytes:
    """The photo upright, as a JPEG without any metadata. Raises ImageRefused."""
    return images.sanitize(data)


def get_verifier():
    """This process's Verifier, loaded at the first call. Raises ArtifactError."""
    global _verifier
    with _lock:
        if _verifier is None:
            from ml.runtime import Verifier

            _verifier = Verifier.load(
                settings.FACEVERIFY_MODEL,
                runtime=settings.FACEVERIFY_RUNTIME,
                threads=settings.FACEVERIFY_THREADS,
            )
        return _verifier


def model_problem() -> ArtifactError | None:
    """What is wrong with the model on disk, without loading it; None when nothing is."""
    from ml import artifacts

    try:
        artifacts.load(settings.FACEVERIFY_MODEL).verify()
    except ArtifactError as error:
        return error
    return None


def compare(
    probe: bytes,
    reference: bytes,
    *,
    false_match_rate: float = 1e-3,
    probe_face: int | None = None,
    reference_face: int | None = None,
):
    """A `ml.runtime.Verdict` on two photos. Raises ImageRefused, ArtifactError."""
    return get_verifier().compare(
        probe,
        reference,
        false_match_rate=false_match_rate,
        probe_face=probe_face,
        reference_face=reference_face,
    )


def jpeg(pixels: np.ndarray) -> bytes:
    """An (H, W, 3) uint8 RGB array as JPEG bytes."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=92, subsampling=0)
    return out.getvalue()
