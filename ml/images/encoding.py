"""Pixels to JPEG."""

import io

from PIL import Image

QUALITY = 95


def jpeg(image: Image.Image, quality: int = QUALITY) -> bytes:
    """JPEG bytes of an RGB image without metadata, colour at full resolution (4:4:4)."""
    image.info.clear()  # Pillow would write the comment from it
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, subsampling=0)
    return buffer.getvalue()
