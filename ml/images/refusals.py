"""The refusals of files that cannot be used, and the limits that they name."""

from ml.errors import ImageRefused
from ml.sentences import sentence

EMPTY = sentence("The file is empty.")
CHOOSE_AGAIN = sentence("Choose the photo again.")
TOO_MANY_BYTES = sentence("The file is larger than %(most)s MB.")
UNSUPPORTED = sentence("The file is not a photo that can be read.")
FORMATS = sentence("These formats work: %(names)s.")
REDUCE = sentence("Reduce the size of the photo first.")
TOO_SMALL = sentence("The picture has only %(width)s x %(height)s pixels.")
USE_LARGER = sentence("Use a photo on which the face is at least 40 pixels wide.")
SAVE_AS_BASELINE = sentence("Save the photo as an ordinary (baseline) JPEG or at a smaller size.")
TOO_COMPLEX = sentence("The photo cannot be read in a reasonable time: the file has %(what)s.")
TOO_COSTLY = sentence("The photo takes too much time or memory to read.")
ANIMATED = sentence("The file is an animation, not a photo.")
SAVE_ONE_FRAME = sentence("Save one frame of it as a JPEG or PNG.")
TRUNCATED = sentence("The photo is incomplete: the file ends before the picture does.")
COPY_AGAIN = sentence("Copy or upload the original file again.")
UNREADABLE = sentence("The photo is damaged and cannot be read.")
USE_ANOTHER_COPY = sentence("Use another copy of it.")

MAX_BYTES = 20 * 1024 * 1024
MIN_SIDE = 16
STORED_SIDE = 2560  # a face that fills a tenth of the frame still has 256 px
# A JPEG is shrunk while it is decoded. For every other format all pixels must be in memory first;
# the lower limit keeps that below 300 MB.
MAX_PIXELS = 50_000_000
MAX_PIXELS_WHOLE = 25_000_000
FORMAT_NAMES = sentence("JPEG, PNG, WebP, HEIC, AVIF, JPEG 2000, BMP, TIFF or a still GIF")
SAVE_SMALLER = sentence("Save the photo as a JPEG or at a smaller size.")
SAVE_AGAIN = sentence("Open the photo in an image editor and save it again as a JPEG.")
TOO_LARGE = sentence(
    "The picture has %(width)s x %(height)s pixels; at most %(most)s million pixels are accepted."
)
TOO_LARGE_WHOLE = sentence(
    "The picture has %(width)s x %(height)s pixels; at most %(most)s million pixels are accepted in this "
    "format, %(as_jpeg)s as a JPEG."
)
TOO_LARGE_PROGRESSIVE = sentence(
    "The picture has %(width)s x %(height)s pixels, which is too large for a progressive JPEG."
)


def pixel_limit(kind: str) -> int:
    """The largest number of pixels allowed in a photo of this format."""
    return MAX_PIXELS if kind == "JPEG" else MAX_PIXELS_WHOLE


def empty() -> ImageRefused:
    return ImageRefused("image_empty", EMPTY, CHOOSE_AGAIN)


def too_many_bytes() -> ImageRefused:
    """Told by the limit: of a larger file only so much is read."""
    return ImageRefused(
        "image_too_large",
        TOO_MANY_BYTES % {"most": MAX_BYTES // 1048576},
        SAVE_SMALLER,
    )


def unsupported() -> ImageRefused:
    return ImageRefused(
        "unsupported_format",
        UNSUPPORTED,
        FORMATS % {"names": FORMAT_NAMES},
    )


def check_size(kind: str, width: int, height: int) -> None:
    """Raises ImageRefused for a picture that is too large for its format or too small.

    A very narrow picture is too small if too little of its short side remains after shrinking.
    """
    limit = pixel_limit(kind)
    if width * height > limit:
        size = {"width": width, "height": height, "most": limit // 1_000_000}
        if kind == "JPEG":
            raise ImageRefused(
                "image_too_large",
                TOO_LARGE % size,
                REDUCE,
            )
        size["as_jpeg"] = MAX_PIXELS // 1_000_000
        raise ImageRefused("image_too_large", TOO_LARGE_WHOLE % size, SAVE_SMALLER)
    if min(width, height) * min(1, STORED_SIDE / max(width, height)) < MIN_SIDE:
        raise ImageRefused(
            "image_too_small",
            TOO_SMALL % {"width": width, "height": height},
            USE_LARGER,
        )


def too_many_coefficients(width: int, height: int) -> ImageRefused:
    return ImageRefused(
        "image_too_large",
        TOO_LARGE_PROGRESSIVE % {"width": width, "height": height},
        SAVE_AS_BASELINE,
    )


def too_complex(what: str) -> ImageRefused:
    """Args: what: the part that occurs too often, such as "more than 64 scans"."""
    return ImageRefused(
        "image_unreadable",
        TOO_COMPLEX % {"what": what},
        SAVE_AGAIN,
    )


def too_costly() -> ImageRefused:
    return ImageRefused(
        "image_unreadable",
        TOO_COSTLY,
        SAVE_AGAIN,
    )


def animated() -> ImageRefused:
    return ImageRefused(
        "animated_image",
        ANIMATED,
        SAVE_ONE_FRAME,
    )


def truncated() -> ImageRefused:
    return ImageRefused(
        "image_truncated",
        TRUNCATED,
        COPY_AGAIN,
    )


def unreadable() -> ImageRefused:
    return ImageRefused(
        "image_unreadable",
        UNREADABLE,
        USE_ANOTHER_COPY,
    )
