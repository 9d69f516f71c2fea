"""Decode a file whose structure has been checked to upright RGB pixels, with Pillow, OpenCV and libheif.

For an ordinary JPEG this runs in the caller's process, for everything else in a separate one, see
`sandbox`.
"""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageFile, JpegImagePlugin
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.TiffImagePlugin import TiffImageFile

from ml.errors import ImageRefused
from ml.images import refusals
from ml.images.structure import Source, png

ROWS = 256  # converted at a time, which avoids a second copy of a large picture
# Share of the picture's rows that may be missing at the end of a damaged file, not counting the row of
# blocks in which the data end.
MAX_MISSING = 0.04
GREY = 128  # value that a JPEG decoder gives to pixels without data
MAX_JPEG2000_PIXELS = 7_000_000  # decoded at once; the decoder takes 20 bytes per pixel
UNDECODED: dict[str, tuple[int, ...] | int] = {"RGB": (253, 3, 251), "L": 131}  # marks such pixels
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
DEPTHS = (255, 1023, 4095, 16383, 65535)  # largest values of 8, 10, 12, 14 and 16 bits


def prepare(source: Source) -> None:
    """Import what decoding needs, before this process's memory is limited."""
    if source.kind == "HEIC":
        import pillow_heif

        pillow_heif.options.DECODE_THREADS = 1
        pillow_heif.options.THUMBNAILS = False
        pillow_heif.options.DEPTH_IMAGES = False
        pillow_heif.options.AUX_IMAGES = False
    elif source.kind in ("WEBP", "TIFF") or (source.kind == "PNG" and png.is_deep(source.data)):
        import cv2

        cv2.setNumThreads(1)


def rgb(source: Source, max_side: int | None = None) -> Image.Image:
    """The picture as upright sRGB, transparent parts shown white, long side at most `max_side`.

    Raises:
        ImageRefused: a decoder cannot read the file.
        MemoryError: decoding takes more memory than is allowed.
    """
    try:
        image, turn = _decoded(source, max_side)
        if source.kind != "JPEG" and min(image.size) < refusals.MIN_SIDE:
            refusals.check_size(
                source.kind, *image.size
            )  # the decoded size may differ from the declared one
        if image.mode == "CMYK" and source.icc:
            image = _to_srgb(_shrunk(image, max_side), source.icc)
        elif image.mode != "RGB":
            image = _to_rgb(image, max_side, source.depth)
        image = _shrunk(image, max_side)
        if source.icc:
            image = _to_srgb(image, source.icc)
        return image.transpose(TURNS[turn]) if turn in TURNS else image
    except (ImageRefused, MemoryError):
        raise
    except Exception as error:
        raise _refusal(error) from error


def is_whole(source: Source) -> bool:
    """Whether an ordinary JPEG contains its whole picture and nothing else. Raises ImageRefused.

    It is decoded at an eighth of its size. The file is complete if the last pixel appears only when the
    last bytes are read.
    """
    before: list[object] = []
    file = _InTwoParts(source.data, len(source.data) - 3, lambda: before.append(corner()))

    def corner():
        return image.im.getpixel((image.width - 1, image.height - 1))

    try:
        image = JpegImagePlugin.JpegImageFile(file)
        image.draft(None, (image.width // 8, image.height // 8))
        image.im = Image.core.fill(image.mode, image.size, UNDECODED[image.mode])
        image.load()
        return bool(before) and before[0] != corner() and not _ends_grey(image)
    except Exception as error:
        raise _refusal(error) from error


class _InTwoParts(io.BytesIO):
    """A file that calls `between` before it is read beyond the position `cut`."""

    def __init__(self, data: bytes, cut: int, between: Callable[[], object]):
        super().__init__(data)
        self._cut, self._between = cut, between

    def read(self, size: int | None = -1) -> bytes:
        size = -1 if size is None else size
        left = self._cut - self.tell()
        if left > 0:
            return super().read(min(size, left) if size >= 0 else left)
        if left == 0:
            self._between()
        return super().read(size)


def _decoded(source: Source, max_side: int | None) -> tuple[Image.Image, int]:
    """The picture as stored, perhaps shrunk, and the EXIF orientation to apply to it."""
    if source.kind == "JPEG":
        return _jpeg(source, max_side), source.orientation
    if source.kind == "HEIC":
        return _heic(source.data), 1
    if source.kind == "AVIF":
        return _avif(source.data)
    if source.kind == "JPEG2000":
        return _jpeg2000(source, max_side), 1
    if source.kind == "WEBP":
        return _webp(source.data, max_side), source.orientation
    if source.kind == "PNG" and png.is_deep(source.data):
        return _deep(source), source.orientation
    try:
        return _opened(source, None), source.orientation
    except Exception as error:
        try:
            return _damaged(source), source.orientation
        except Exception:
            raise error from None


def _opened(source: Source, fill: int | None) -> Image.Image:
    """Decode with Pillow.

    Args:
        fill: value for pixels that are missing from the file; None to raise if any is missing.
    """
    image = Image.open(io.BytesIO(source.data), formats=(source.kind,))
    if source.kind == "TIFF" and image.mode == "RGB" and _bits(image) == 16:
        return _deep(source)
    if fill is not None:
        bands = len(image.getbands())
        image.im = Image.core.fill(image.mode, image.size, (fill,) * bands if bands > 1 else fill)
    image.load()
    return image


def _damaged(source: Source) -> Image.Image:
    """A picture whose file ends too early, if only a few of its last rows are missing.

    It is decoded onto white and onto black; the rows that differ are missing. Raises ImageRefused, and
    what Pillow raises.
    """
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        image, other = _opened(source, 255), _opened(source, 0)
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    difference = ImageChops.difference(image.convert("RGB"), other.convert("RGB")).getbbox()
    if difference and image.height - difference[1] > MAX_MISSING * image.height:
        raise refusals.truncated()
    return image


def _jpeg(source: Source, max_side: int | None) -> Image.Image:
    image = _jpeg_image(source.data, max_side)
    if not source.complete or (not source.progressive and _ends_grey(image)):
        # A row of blocks: 16 pixels where colour has half the resolution, shrunk with the picture.
        block = -(-16 * image.height // source.height)
        if image.height - _last_row(source, image, max_side) - block > MAX_MISSING * image.height:
            raise refusals.truncated()
    return image


def _jpeg_image(data: bytes, max_side: int | None) -> Image.Image:
    image = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    shrink = max_side / max(image.size) if max_side else 1
    if shrink < 1:
        # libjpeg scales by 1/2, 1/4 or 1/8 while decoding; never below the size asked for.
        image.draft(None, (max(1, int(image.width * shrink)), max(1, int(image.height * shrink))))
    image.load()
    return image


def _ends_grey(image: Image.Image) -> bool:
    grey = GREY if image.mode == "L" else (GREY,) * len(image.getbands())
    return all(image.getpixel((x, image.height - 1)) == grey for x in range(image.width))


def _last_row(source: Source, image: Image.Image, max_side: int | None) -> int:
    """The row in which the data end: the first that changes if the file's last bytes are cut off."""
    for cut in (2, 8, 64):
        shorter = _jpeg_image(source.data[: -2 - cut] + b"\xff\xd9", max_side)
        if changed := ImageChops.difference(image, shorter).getbbox():
            return changed[1]
    return image.height


def _webp(data: bytes, max_side: int | None) -> Image.Image:
    """Decode with OpenCV, which needs a third of the memory of Pillow's animation reader."""
    import cv2

    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.dtype != np.uint8 or values.ndim != 3:
        raise refusals.unreadable()
    channels = (2, 1, 0) if values.shape[2] == 3 else (2, 1, 0, 3)

    def part(top: int, bottom: int) -> Image.Image:
        return _on_white(Image.fromarray(np.ascontiguousarray(values[top:bottom][..., channels])))

    return _in_parts((values.shape[1], values.shape[0]), part, max_side)


def _heic(data: bytes) -> Image.Image:
    import pillow_heif

    file = pillow_heif.open_heif(io.BytesIO(data))
    return file[file.primary_index].to_pillow()


def _avif(data: bytes) -> tuple[Image.Image, int]:
    from PIL import AvifImagePlugin

    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    image = AvifImagePlugin.AvifImageFile(io.BytesIO(data))
    if image.n_frames > 1:
        raise refusals.animated()
    image.load()
    return image, image.getexif().get(0x0112, 1)


def _jpeg2000(source: Source, max_side: int | None) -> Image.Image:
    """Decode at a lower resolution level, each of which halves the sides, if the file has enough levels."""
    levels = (max(source.width, source.height) // max_side).bit_length() - 1 if max_side else 0
    while source.width * source.height >> 2 * max(0, levels) > MAX_JPEG2000_PIXELS:
        levels += 1
    while True:
        image = Jpeg2KImageFile(io.BytesIO(source.data))
        if levels > 0:
            image.reduce = levels
        try:
            image.load()
            return image
        except OSError:
            if levels <= 0:
                raise
            levels = 0


def _bits(image: Image.Image) -> int:
    """Bits per channel of a TIFF."""
    return max(image.tag_v2.get(258, (8,))) if isinstance(image, TiffImageFile) else 8


def _deep(source: Source) -> Image.Image:
    """Decode a picture of 16 bits per channel with OpenCV; Pillow would keep only the upper 8 bits."""
    import cv2

    values = cv2.imdecode(np.frombuffer(source.data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.dtype != np.uint16:
        raise refusals.unreadable()
    if values.ndim == 2:
        return Image.fromarray(values)
    colours = values[..., :3]
    scale = 255.0 / _top(int(colours.max()), source.depth)
    made = np.empty(values.shape, np.uint8)
    for row in range(0, len(values), ROWS):
        part = values[row : row + ROWS]
        made[row : row + ROWS, :, :3] = (part[..., 2::-1] * scale).clip(0, 255)
        if values.shape[2] == 4:
            made[row : row + ROWS, :, 3] = part[..., 3] // 256
    return Image.fromarray(made)


def _top(largest: int, depth: int) -> int:
    """The value of white: by the depth in the file, or else by the smallest depth that fits the data."""
    if depth and largest < 2**depth:
        return 2**depth - 1
    return next((top for top in DEPTHS if largest <= top), largest)


def _to_rgb(image: Image.Image, max_side: int | None, depth: int) -> Image.Image:
    """Convert any mode to RGB."""
    white = None
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        white = _white(image, depth)

    def part(top: int, bottom: int) -> Image.Image:
        cut = image.crop((0, top, image.width, bottom))
        if "transparency" in image.info:
            cut.info["transparency"] = image.info["transparency"]
        return _on_white(cut if white is None else _scaled(cut, white))

    return _in_parts(image.size, part, max_side)


def _in_parts(
    size: tuple[int, int], part: Callable[[int, int], Image.Image], max_side: int | None
) -> Image.Image:
    """Put a picture together from RGB strips, which avoids a second copy of a large picture.

    Args:
        part: (top, bottom) -> the strip between these rows.
        max_side: each strip is shrunk by the largest whole factor that keeps the long side at least
            this long.
    """
    step = max(1, max(size) // max_side) if max_side else 1
    made = Image.new("RGB", (-(-size[0] // step), -(-size[1] // step)))
    for top in range(0, size[1], ROWS * step):
        rows = part(top, min(top + ROWS * step, size[1]))
        made.paste(rows.reduce(step) if step > 1 else rows, (0, top // step))
    return made


def _on_white(image: Image.Image) -> Image.Image:
    """The picture as RGB, with transparent parts shown white."""
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def _white(image: Image.Image, depth: int) -> float:
    """The value of white in a greyscale picture of more than 8 bits."""
    if image.mode == "F":
        values = np.asarray(image)
        finite = values[np.isfinite(values)]
        return max(float(finite.max()), 1e-6) if finite.size else 1.0
    largest = max(1, int(np.asarray(image).max()))
    return float(_top(largest, depth))


def _scaled(part: Image.Image, white: float) -> Image.Image:
    values = np.nan_to_num(np.asarray(part, dtype=np.float32), nan=0.0, posinf=white, neginf=0.0)
    return Image.fromarray((values.clip(0, white) * (255.0 / white)).astype(np.uint8))


def _shrunk(image: Image.Image, max_side: int | None) -> Image.Image:
    if not max_side or max(image.size) <= max_side:
        return image
    scale = max_side / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _to_srgb(image: Image.Image, icc: bytes) -> Image.Image:
    """Convert colours to sRGB. A colour profile that is damaged or of another mode is ignored."""
    from PIL import ImageCms

    space = {b"RGB ": "RGB", b"CMYK": "CMYK"}.get(icc[16:20])
    if space == image.mode:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            screen = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, given, screen, outputMode="RGB")
            return converted or image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return image.convert("RGB")


def _refusal(error: Exception) -> ImageRefused:
    if isinstance(error, ImageRefused):
        return error
    if isinstance(error, MemoryError):
        return refusals.too_costly()
    early = isinstance(error, EOFError) or "truncated" in str(error).lower()
    return refusals.truncated() if early else refusals.unreadable()
