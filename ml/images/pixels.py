"""A file whose structure is known to upright RGB pixels, by Pillow and libheif.

For an ordinary JPEG this runs in the process that asks, for everything else in one of its own, see
`sandbox`.
"""

import io

import numpy as np
from PIL import Image, ImageChops, ImageFile, JpegImagePlugin

from ml.errors import ImageRefused
from ml.images import refusals
from ml.images.structure import Source, png

ROWS = 256  # converted at a time, so that no second copy of a large picture is made
# The share of the picture's rows that may be missing at the end of a damaged file, beside the row of
# blocks in which its data stop.
MAX_MISSING = 0.04
GREY = 128  # what a JPEG decoder shows where there are no data
MAX_JPEG2000_PIXELS = 7_000_000  # decoded; its decoder takes 20 bytes for each
NOT_YET = {"RGB": (253, 3, 251), "L": 131}  # in memory before a picture is decoded into it
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
    """Import what decoding will take, before memory is limited."""
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
    """The picture as RGB: upright, sRGB, transparency laid on white, long side at most `max_side`.

    Raises:
        ImageRefused: whatever a decoder may say of the file.
        MemoryError: it takes more than there is.
    """
    try:
        image, turn = _decoded(source, max_side)
        if source.kind != "JPEG" and min(image.size) < refusals.MIN_SIDE:
            refusals.check_size(source.kind, *image.size)  # the decoder found another size
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
    """Whether an ordinary JPEG holds all of its picture and nothing else: every row is decoded, at an
    eighth of its size, and the last rows need the last bytes. Raises ImageRefused."""
    before = []
    file = _InTwoParts(source.data, len(source.data) - 3, lambda: before.append(corner()))

    def corner():
        return image.im.getpixel((image.width - 1, image.height - 1))

    try:
        image = JpegImagePlugin.JpegImageFile(file)
        image.draft(None, (image.width // 8, image.height // 8))
        image.im = Image.core.fill(image.mode, image.size, NOT_YET[image.mode])
        image.load()
        return bool(before) and before[0] != corner() and not _ends_grey(image)
    except Exception as error:
        raise _refusal(error) from error


class _InTwoParts(io.BytesIO):
    """A file that calls `between` before it is read beyond `cut`."""

    def __init__(self, data: bytes, cut: int, between):
        super().__init__(data)
        self._cut, self._between = cut, between

    def read(self, size: int = -1) -> bytes:
        left = self._cut - self.tell()
        if left > 0:
            return super().read(min(size, left) if size >= 0 else left)
        if left == 0:
            self._between()
        return super().read(size)


def _decoded(source: Source, max_side: int | None) -> tuple[Image.Image, int]:
    """The picture as it lies in the file, perhaps smaller, and how it has to be turned."""
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


def _opened(source: Source, fill) -> Image.Image:
    """Decoded by Pillow; `fill` is the value of pixels that the file turns out not to have, or None
    where it shall have all."""
    image = Image.open(io.BytesIO(source.data), formats=(source.kind,))
    if source.kind == "TIFF" and image.mode == "RGB" and _bits(image) == 16:
        return _deep(source)
    if fill is not None:
        bands = len(image.getbands())
        image.im = Image.core.fill(image.mode, image.size, (fill,) * bands if bands > 1 else fill)
    image.load()
    return image


def _damaged(source: Source) -> Image.Image:
    """A picture whose file ends too early, if only few of its last rows are missing: those that look
    otherwise when memory did before. Raises ImageRefused and what Pillow raises."""
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
        # 8 pixels of a block, twice that where colour has half the resolution, perhaps shrunk.
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
    """The first row that looks otherwise without the file's last bytes: where its data stop."""
    for cut in (2, 8, 64):
        shorter = _jpeg_image(source.data[: -2 - cut] + b"\xff\xd9", max_side)
        if changed := ImageChops.difference(image, shorter).getbbox():
            return changed[1]
    return image.height


def _webp(data: bytes, max_side: int | None) -> Image.Image:
    """By OpenCV, which takes a third of the memory that Pillow's reader of animations does."""
    import cv2

    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.dtype != np.uint8 or values.ndim != 3:
        raise refusals.unreadable()
    channels = (2, 1, 0) if values.shape[2] == 3 else (2, 1, 0, 3)

    def part(top: int, bottom: int) -> Image.Image:
        return _on_white(Image.fromarray(np.ascontiguousarray(values[top:bottom][..., channels])))

    return _in_parts(values.shape[1::-1], part, max_side)


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
    """Each level that is left out halves the sides; not every file has enough of them."""
    levels = (max(source.width, source.height) // max_side).bit_length() - 1 if max_side else 0
    while source.width * source.height >> 2 * max(0, levels) > MAX_JPEG2000_PIXELS:
        levels += 1
    while True:
        image = Image.open(io.BytesIO(source.data), formats=("JPEG2000",))
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
    return max(image.tag_v2.get(258, (8,)))


def _deep(source: Source) -> Image.Image:
    """16 bits a channel, of which Pillow would keep the upper 8."""
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
            made[row : row + ROWS, :, 3] = part[..., 3] >> 8
    return Image.fromarray(made)


def _top(largest: int, depth: int) -> int:
    """The value that is white: of the depth told, else of the least depth that holds the data."""
    if depth and largest < 2**depth:
        return 2**depth - 1
    return next((top for top in DEPTHS if largest <= top), largest)


def _to_rgb(image: Image.Image, max_side: int | None, depth: int) -> Image.Image:
    """Any mode to RGB."""
    white = None
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        white = _white(image, depth)

    def part(top: int, bottom: int) -> Image.Image:
        cut = image.crop((0, top, image.width, bottom))
        if "transparency" in image.info:
            cut.info["transparency"] = image.info["transparency"]
        return _on_white(cut if white is None else _scaled(cut, white))

    return _in_parts(image.size, part, max_side)


def _in_parts(size: tuple[int, int], part, max_side: int | None) -> Image.Image:
    """The picture of RGB parts, each `part(top, bottom)`, shrunk by a whole number on the way where
    a long side is asked for: no second copy of a large picture is made."""
    step = max(1, max(size) // max_side) if max_side else 1
    made = Image.new("RGB", (-(-size[0] // step), -(-size[1] // step)))
    for top in range(0, size[1], ROWS * step):
        rows = part(top, min(top + ROWS * step, size[1]))
        made.paste(rows.reduce(step) if step > 1 else rows, (0, top // step))
    return made


def _on_white(image: Image.Image) -> Image.Image:
    """RGB, with what is transparent laid on white."""
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def _white(image: Image.Image, depth: int) -> float:
    """The value of white in greyscale of more than 8 bits."""
    if image.mode == "F":
        values = np.asarray(image)
        finite = values[np.isfinite(values)]
        return max(float(finite.max()), 1e-6) if finite.size else 1.0
    largest = max(1, int(image.getextrema()[1]))
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
    """Colours as a screen shows them; a profile that is damaged, or not for such pixels, is ignored."""
    from PIL import ImageCms

    space = {b"RGB ": "RGB", b"CMYK": "CMYK"}.get(icc[16:20])
    if space == image.mode:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            screen = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(image, given, screen, outputMode="RGB")
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
