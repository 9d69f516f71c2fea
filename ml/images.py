"""Photo bytes to upright RGB pixels: formats, EXIF orientation, size and decompression-bomb limits.

Everything that enters the product as a photo passes through `decode`.
"""

import io
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ml.errors import ImageRefused

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
MIN_SIDE = 16
STORED_SIDE = 2560  # a face that fills a tenth of the frame still has 256 px
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
FORMAT_NAMES = "JPEG, PNG, WebP, BMP, TIFF or a still GIF"
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis", b"avif", b"avis")


@dataclass(frozen=True)
class Photo:
    """Upright pixels, uint8 RGB (H, W, 3), and how many of the full-size photo's pixels one is."""

    pixels: np.ndarray
    width: int
    height: int

    @property
    def scale(self) -> float:
        """Full-size pixels for each decoded pixel; 1 where nothing was shrunk."""
        return max(self.width, self.height) / max(self.pixels.shape[:2])


def decode(data: bytes, *, max_side: int | None = None) -> np.ndarray:
    """The pixels of `load`: an upright uint8 RGB array (H, W, 3)."""
    return load(data, max_side=max_side).pixels


def load(data: bytes, *, max_side: int | None = None) -> Photo:
    """Decode a photo: EXIF orientation applied, transparency laid on white.

    Args:
        data: the file's bytes.
        max_side: shrink so that the long side has at most this many pixels. A JPEG is then
            decoded at a reduced scale, which is what makes large photos cheap.

    Raises:
        ImageRefused: with a code of its own for each kind of file that cannot be used.
    """
    image, full = _upright(data, max_side)
    pixels = np.asarray(image)
    sideways = (pixels.shape[1] > pixels.shape[0]) != (full[0] > full[1])
    width, height = full[::-1] if sideways else full
    return Photo(pixels, width, height)


def _upright(data: bytes, max_side: int | None) -> tuple[Image.Image, tuple[int, int]]:
    """The RGB image that `load` gives the pixels of, and the file's own (width, height)."""
    image = _open(data)
    full = image.size
    if max_side and image.format == "JPEG":
        # libjpeg scales by 1/2, 1/4 or 1/8 while decoding; never below the size asked for.
        shrink = max_side / max(image.size)
        if shrink < 1:
            image.draft("RGB", (int(image.width * shrink), int(image.height * shrink)))
    try:
        image.load()
        image = ImageOps.exif_transpose(image)
        image = _to_rgb(image)
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        if "truncated" in str(error) or "Truncated" in str(error):
            raise ImageRefused(
                "image_truncated",
                "The photo is incomplete: the file ends before the picture does.",
                "Copy or upload the original file again.",
            ) from error
        raise _unreadable() from error
    if max_side and max(image.size) > max_side:
        scale = max_side / max(image.size)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    return image, full


def sanitize(data: bytes) -> bytes:
    """Re-encode a photo as a JPEG that carries pixels only: no EXIF, no location, no thumbnail.

    Returns JPEG bytes (quality 95, 4:4:4), upright, long side at most `STORED_SIDE` px.

    Raises:
        ImageRefused: as `decode`.
    """
    image, _ = _upright(data, STORED_SIDE)
    image.info.clear()  # of which Pillow would write a comment again
    return _jpeg(image, 95)


def encode_jpeg(pixels: np.ndarray, quality: int = 95) -> bytes:
    """Encode uint8 RGB pixels (H, W, 3) as JPEG bytes without metadata."""
    return _jpeg(Image.fromarray(pixels), quality)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, subsampling=0)
    return buffer.getvalue()


def _open(data: bytes) -> Image.Image:
    if not data:
        raise ImageRefused("image_empty", "The file is empty.", "Choose the photo again.")
    if len(data) > MAX_BYTES:
        raise ImageRefused(
            "image_too_large",
            f"The file has {len(data) / 1048576:.1f} MB; at most {MAX_BYTES // 1048576} MB are accepted.",
            "Save the photo as a JPEG or at a smaller size.",
        )
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        raise ImageRefused(
            "unsupported_format",
            "HEIC and AVIF photos are not supported.",
            f"Convert it first: {FORMAT_NAMES} work. On an iPhone choose Settings, Camera, "
            "Formats, Most Compatible.",
        )
    try:
        with warnings.catch_warnings():
            # We hold our own, stricter limit below; Pillow only warns at its first one.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except UnidentifiedImageError as error:
        raise ImageRefused(
            "unsupported_format",
            "The file is not a photo that can be read.",
            f"These formats work: {FORMAT_NAMES}.",
        ) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise _unreadable() from error
    if image.width * image.height > MAX_PIXELS:
        raise _too_many_pixels(image.size)
    if min(image.size) < MIN_SIDE:
        raise ImageRefused(
            "image_too_small",
            f"The picture has only {image.width} x {image.height} pixels.",
            "Use a photo on which the face is at least 40 pixels wide.",
        )
    if getattr(image, "n_frames", 1) > 1 and image.format in ("GIF", "PNG", "WEBP"):
        raise ImageRefused(
            "animated_image",
            "The file is an animation, not a photo.",
            "Save one frame of it as a JPEG or PNG.",
        )
    return image


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        # 16-bit greyscale: Pillow's own conversion clips instead of scaling.
        values = np.asarray(image, dtype=np.float32)
        top = 65535.0 if image.mode != "F" else max(float(values.max()), 1e-6)
        image = Image.fromarray((values.clip(0, top) * (255.0 / top)).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def _too_many_pixels(size=None) -> ImageRefused:
    found = (
        f"The picture has {size[0]} x {size[1]} pixels; a"
        if size
        else "The picture is far too large. A"
    )
    return ImageRefused(
        "image_too_large",
        f"{found}t most {MAX_PIXELS // 1_000_000} million pixels are accepted.",
        "Reduce the size of the photo first.",
    )


def _unreadable() -> ImageRefused:
    return ImageRefused(
        "image_unreadable", "The photo is damaged and cannot be read.", "Use another copy of it."
    )
