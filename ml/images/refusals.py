"""The refusals of files that cannot be used, and the limits that they name."""

from ml.errors import ImageRefused

MAX_BYTES = 20 * 1024 * 1024
MIN_SIDE = 16
STORED_SIDE = 2560  # a face that fills a tenth of the frame still has 256 px
# A JPEG is shrunk while it is decoded. For every other format all pixels must be in memory first;
# the lower limit keeps that below 300 MB.
MAX_PIXELS = 50_000_000
MAX_PIXELS_WHOLE = 25_000_000
FORMAT_NAMES = "JPEG, PNG, WebP, HEIC, AVIF, JPEG 2000, BMP, TIFF or a still GIF"


def pixel_limit(kind: str) -> int:
    """The largest number of pixels allowed in a photo of this format."""
    return MAX_PIXELS if kind == "JPEG" else MAX_PIXELS_WHOLE


def empty() -> ImageRefused:
    return ImageRefused("image_empty", "The file is empty.", "Choose the photo again.")


def too_many_bytes() -> ImageRefused:
    """Told by the limit: of a larger file only so much is read."""
    return ImageRefused(
        "image_too_large",
        f"The file is larger than {MAX_BYTES // 1048576} MB.",
        "Save the photo as a JPEG or at a smaller size.",
    )


def unsupported() -> ImageRefused:
    return ImageRefused(
        "unsupported_format",
        "The file is not a photo that can be read.",
        f"These formats work: {FORMAT_NAMES}.",
    )


def check_size(kind: str, width: int, height: int) -> None:
    """Raises ImageRefused for a picture that is too large for its format or too small.

    A very narrow picture is too small if too little of its short side remains after shrinking.
    """
    limit = pixel_limit(kind)
    if width * height > limit:
        words = "" if kind == "JPEG" else f" in this format, {MAX_PIXELS // 1_000_000} as a JPEG"
        raise ImageRefused(
            "image_too_large",
            f"The picture has {width} x {height} pixels; at most {limit // 1_000_000} million "
            f"pixels are accepted{words}.",
            "Reduce the size of the photo first."
            if kind == "JPEG"
            else "Save the photo as a JPEG or at a smaller size.",
        )
    if min(width, height) * min(1, STORED_SIDE / max(width, height)) < MIN_SIDE:
        raise ImageRefused(
            "image_too_small",
            f"The picture has only {width} x {height} pixels.",
            "Use a photo on which the face is at least 40 pixels wide.",
        )


def too_many_coefficients(width: int, height: int) -> ImageRefused:
    return ImageRefused(
        "image_too_large",
        f"The picture has {width} x {height} pixels, which is too large for a progressive JPEG.",
        "Save the photo as an ordinary (baseline) JPEG or at a smaller size.",
    )


def too_complex(what: str) -> ImageRefused:
    """Args: what: the part that occurs too often, such as "more than 64 scans"."""
    return ImageRefused(
        "image_unreadable",
        f"The photo cannot be read in a reasonable time: the file has {what}.",
        "Open the photo in an image editor and save it again as a JPEG.",
    )


def too_costly() -> ImageRefused:
    return ImageRefused(
        "image_unreadable",
        "The photo takes too much time or memory to read.",
        "Open the photo in an image editor and save it again as a JPEG.",
    )


def animated() -> ImageRefused:
    return ImageRefused(
        "animated_image",
        "The file is an animation, not a photo.",
        "Save one frame of it as a JPEG or PNG.",
    )


def truncated() -> ImageRefused:
    return ImageRefused(
        "image_truncated",
        "The photo is incomplete: the file ends before the picture does.",
        "Copy or upload the original file again.",
    )


def unreadable() -> ImageRefused:
    return ImageRefused(
        "image_unreadable", "The photo is damaged and cannot be read.", "Use another copy of it."
    )
