"""Damage that does not show gives the same picture as without it; damage that does is refused."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from ml import images
from ml.errors import ImageRefused
from tests.support.image_files import (
    every_format,
    exif,
    mutated,
    picture,
    png_chunk,
    saved,
    with_pages,
)

BASELINE = saved(picture(320, 240), "JPEG", quality=90)
PROGRESSIVE = saved(picture(320, 240), "JPEG", quality=90, progressive=True)
PNG = saved(picture(320, 240), "PNG")


def refusal(data: bytes) -> str:
    with pytest.raises(ImageRefused) as refused:
        images.sanitize(data)
    return refused.value.code


def difference(one: bytes, other: bytes) -> float:
    """The mean over all pixels."""
    return np.abs(images.decode(one).astype(int) - images.decode(other).astype(int)).mean()


# EXIF that cannot be rewritten


def with_exif(block: bytes) -> bytes:
    segment = b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block
    return BASELINE[:2] + segment + BASELINE[2:]


def resolution_as_text() -> bytes:
    entries = (
        struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + struct.pack("<HHI", 0x011A, 2, 4) + b"72\0\0"
    )
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 2) + entries + bytes(4)


def test_a_resolution_written_as_text_does_not_stand_in_the_way_of_the_orientation():
    damaged, clean = with_exif(resolution_as_text()), with_exif(exif(6))

    assert images.decode(damaged).shape == (320, 240, 3)
    assert np.array_equal(images.decode(damaged), images.decode(clean))
    assert images.sanitize(damaged) == images.sanitize(clean)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_any_damaged_byte_of_exif_leaves_the_picture_as_it_is(kind):
    data, block = saved(picture(), kind, exif=exif(6)), exif(6)
    start = (
        data.index(block[6:] if kind == "PNG" else block[-40:])
        if kind != "JPEG"
        else data.index(block)
    )
    upright = images.decode(data)
    for at in range(start, start + 24):
        damaged = bytearray(data)
        damaged[at] ^= 0xFF

        pixels = images.decode(bytes(damaged))

        assert np.array_equal(pixels, upright) or np.array_equal(np.rot90(pixels, -1), upright)


def test_the_orientation_survives_damage_to_all_that_surrounds_it():
    data = with_exif(resolution_as_text())
    start = data.index(b"II*\0")
    for at in (*range(start, start + 10), *range(start + 22, start + 38)):
        damaged = bytearray(data)
        damaged[at] ^= 0xFF

        assert images.decode(bytes(damaged)).shape == (320, 240, 3), at


@pytest.mark.parametrize("kind", ["TIFF", "PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_read_from_every_format_that_has_exif(kind, orientation):
    image = picture()
    upright = images.decode(saved(image, kind, exif=exif(1)))
    turns = {1: 0, 2: 0, 3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}[orientation]

    pixels = images.decode(saved(image, kind, exif=exif(orientation)))

    flipped = upright[:, ::-1] if orientation in (2, 4, 5, 7) else upright
    assert np.abs(pixels.astype(int) - np.rot90(flipped, turns).astype(int)).mean() < 0.5


# Whatever a decoder says


def test_a_tiff_that_is_cut_in_its_second_page_is_unreadable():
    data = with_pages(1)

    assert images.decode(data).shape == (72, 96, 3)
    assert refusal(data[:-20]) == "image_unreadable"


def test_a_gif_with_a_damaged_descriptor_is_unreadable():
    data = saved(picture().quantize(), "GIF")
    at = data.index(b"\x2c\0\0\0\0")

    assert refusal(data[:at] + b"\x7f" + data[at + 1 :]) == "image_unreadable"


@pytest.mark.parametrize("name", every_format())
def test_a_file_cut_anywhere_is_a_photo_or_a_refusal(name):
    data = every_format()[name]
    kept = []
    for end in range(0, len(data), max(1, len(data) // 40)):
        try:
            kept.append(images.sanitize(data[:end]))
        except ImageRefused as refused:
            assert refused.detail and refused.remedy
    # A WebP tells how it is turned behind its picture: what is cut there lies on its side, whole.
    shapes = {tuple(sorted(images.decode(photo).shape)) for photo in kept}
    assert shapes <= {tuple(sorted(images.decode(data).shape))}


def test_random_bytes_behind_every_signature_are_a_refusal():
    rng = np.random.default_rng(3)
    for data in every_format().values():
        for _number in range(10):
            with pytest.raises(ImageRefused):
                images.sanitize(data[:12] + rng.bytes(300))


# Damage that leaves every pixel readable


@pytest.mark.parametrize("data", [BASELINE, PROGRESSIVE], ids=["baseline", "progressive"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-2],
        lambda data: data[:-3],
        lambda data: data[:-10],
        lambda data: data + b"\r\n" * 50,
        lambda data: data + data[:500],
        lambda data: data + np.random.default_rng(0).bytes(5000),
        lambda data: data[:-2] + b"\0" * 64,
        lambda data: data[:2] + b"\xff" * 30 + data[2:],
        lambda data: data[:2] + b"\xff\xd8" + data[2:],
        lambda data: data[:2] + b"\xff\xe1\x00\x08Exif\0\0" + data[2:],
        lambda data: data[:2] + b"\xff\xe2\x00\x14ICC_PROFILE\0\1\1ab!!" + data[2:],
    ],
    ids=[
        *("no end", "one byte less", "eight bytes less", "line ends", "a second start", "noise"),
        *("zeros", "fill bytes", "two starts", "empty EXIF", "broken profile"),
    ],
)
def test_a_jpeg_damaged_where_it_does_not_show_is_read(data, damage):
    damaged = damage(data)

    assert difference(damaged, data) < 1.0
    assert difference(images.sanitize(damaged), data) < 2.5


@pytest.mark.parametrize(
    ("data", "share"),
    [
        *((BASELINE, share) for share in (0.3, 0.5, 0.75, 0.9)),
        *((PNG, share) for share in (0.3, 0.5, 0.75, 0.9)),
        *((PROGRESSIVE, share) for share in (0.3, 0.5)),
    ],
)
@pytest.mark.parametrize("end", [b"", b"\xff\xd9", b"\0" * 300 + b"\xff\xd9"])
def test_a_part_of_a_picture_is_refused_also_with_an_end_put_to_it(data, share, end):
    assert refusal(data[: int(share * len(data))] + end) in ("image_truncated", "image_unreadable")


@pytest.mark.parametrize("share", [0.75, 0.9])
def test_a_progressive_jpeg_that_lacks_the_last_bit_of_its_details_is_read(share):
    assert difference(PROGRESSIVE[: int(share * len(PROGRESSIVE))], PROGRESSIVE) < 3


def test_a_picture_that_is_grey_at_its_end_is_no_part_of_one():
    image = picture(320, 240)
    image.paste((128, 128, 128), (0, 120, 320, 240))
    for progressive in (False, True):
        data = saved(image, "JPEG", quality=95, progressive=progressive)

        assert images.decode(data).shape == (240, 320, 3)
        assert difference(images.sanitize(data), data) < 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-12],
        lambda data: data[:-16],
        lambda data: data + b"garbage" * 9,
        lambda data: data[:33] + b"\0\0\0\4tIME1234\0\0\0\0" + data[33:],
        lambda data: data[:33] + png_chunk(b"eXIf", b"II") + data[33:],
    ],
    ids=["no end", "no checksum", "garbage", "wrong checksum of metadata", "broken EXIF"],
)
def test_a_png_damaged_where_it_does_not_show_is_read(damage):
    assert difference(damage(PNG), PNG) == 0


def test_a_gif_or_webp_with_something_behind_it_is_read():
    for data in (saved(picture().quantize(), "GIF"), saved(picture(), "WEBP")):
        assert difference(data + b"garbage" * 9, data) == 0


def test_what_is_hidden_between_the_picture_and_its_end_is_not_kept():
    data = BASELINE[:-2] + b"secret place" + b"\xff\xd9"

    assert b"secret" not in images.sanitize(data)
    assert difference(data, BASELINE) < 1


def test_the_same_damage_has_the_same_outcome_twice():
    rng = np.random.default_rng(5)
    for _number in range(30):
        data = mutated(BASELINE, rng)
        outcomes: list[bytes | str] = []
        for _again in range(2):
            try:
                outcomes.append(images.sanitize(data))
            except ImageRefused as refused:
                outcomes.append(refused.code)
        assert outcomes[0] == outcomes[1]


def test_a_stored_photo_is_a_jpeg_that_any_viewer_opens():
    for data in every_format().values():
        with Image.open(io.BytesIO(images.sanitize(data))) as image:
            image.load()
            assert image.format == "JPEG" and image.mode in ("RGB", "L")
            assert not image.getexif() and "icc_profile" not in image.info
