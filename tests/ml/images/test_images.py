"""What counts as a photo, and what each other file is told."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from ml import images
from ml.errors import ImageRefused
from tests.support.faces import face_image, make_face
from tests.support.image_files import exif, picture, png_chunk, png_header, saved


def animation() -> bytes:
    frames = [face_image(0), face_image(1)]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:])


REFUSED = {
    "image_empty": b"",
    "unsupported_format": b"%PDF-1.7 this is no photo",
    "image_truncated": make_face(0)[:6000],
    "image_too_large": png_header(30_000, 30_000),
    "animated_image": animation(),
    "image_too_small": saved(Image.new("RGB", (8, 8)), "PNG"),
    "image_unreadable": saved(face_image(0), "PNG")[:200] + b"\0" * 300 + b"IEND",
}


@pytest.mark.parametrize("code", REFUSED)
def test_a_file_that_cannot_be_used_is_refused_with_its_code_and_a_remedy(code):
    with pytest.raises(ImageRefused) as refused:
        images.decode(REFUSED[code])
    assert refused.value.code == code
    assert refused.value.detail.endswith(".") and refused.value.remedy.endswith(".")


@pytest.mark.parametrize("size", [(5001, 5000), (9000, 8000), (30_000, 30_000)])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(size):
    with pytest.raises(ImageRefused, match="million pixels"):
        images.decode(png_header(*size))


def test_a_file_over_the_byte_limit_is_refused_and_told_the_limit():
    with pytest.raises(ImageRefused, match="larger than 20 MB") as refused:
        images.decode(b"\xff\xd8" + b"\0" * (25 * 1024 * 1024))
    assert refused.value.code == "image_too_large"


def test_a_film_is_refused_with_the_formats_that_work():
    with pytest.raises(ImageRefused) as refused:
        images.decode(b"\0\0\0\x18ftypisom" + b"\0" * 64)
    assert refused.value.code == "unsupported_format"
    assert "JPEG, PNG, WebP, HEIC" in refused.value.remedy


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "HEIC", "AVIF", "JPEG2000"])
def test_each_accepted_format_decodes_to_the_same_picture(kind):
    pixels = images.decode(saved(face_image(0), kind))
    assert pixels.dtype == np.uint8
    difference = np.abs(pixels.astype(int) - np.asarray(face_image(0)).astype(int))
    assert difference.mean() < 4


@pytest.mark.parametrize("mode", ["L", "LA", "P", "CMYK", "1", "RGBA", "I;16"])
def test_every_colour_mode_becomes_rgb_of_the_same_brightness(mode):
    grey = face_image(2).convert("L")
    if mode == "I;16":
        image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    elif mode in ("CMYK", "RGBA", "P"):
        image = face_image(2).convert(mode)
    else:
        image = grey.convert(mode)
    pixels = images.decode(saved(image, "TIFF" if mode in ("CMYK", "I;16") else "PNG"))
    assert pixels.shape == (300, 300, 3)
    assert abs(pixels.mean() - np.asarray(grey).mean()) < 8


def test_transparency_is_laid_on_white():
    pixels = images.decode(saved(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "PNG"))
    assert (pixels == 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation):
    image = Image.new("RGB", (60, 40), "white")
    image.paste("red", (0, 0, 20, 20))
    turn = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = image if turn is None else image.transpose(turn)
    photo = images.load(saved(stored, "JPEG", exif=exif, quality=95))
    assert photo.pixels.shape == (40, 60, 3)
    assert (photo.width, photo.height) == (60, 40)
    assert photo.pixels[5, 5, 1] < 60 and photo.pixels[30, 50, 1] > 200


def test_a_photo_decoded_smaller_says_its_full_size():
    photo = images.load(make_face(0, size=1200), max_side=500)
    assert max(photo.pixels.shape) == 500
    assert (photo.width, photo.height) == (1200, 1200)
    assert photo.scale == pytest.approx(2.4)


def test_sanitizing_removes_everything_but_the_pixels():
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    exif[0x0112] = 6
    dirty = saved(face_image(0), "JPEG", exif=exif, comment=b"secret comment", quality=95)
    clean = images.sanitize(dirty)
    assert b"secret" in dirty and b"secret" not in clean
    with Image.open(io.BytesIO(clean)) as image:
        assert image.format == "JPEG" and not image.getexif() and "comment" not in image.info
    difference = np.abs(images.decode(clean).astype(int) - images.decode(dirty).astype(int))
    assert difference.mean() < 2


def test_sanitizing_limits_the_long_side():
    assert max(images.decode(images.sanitize(make_face(0, size=3000))).shape) == images.STORED_SIDE


def test_an_ordinary_jpeg_is_kept_bit_for_bit_without_what_surrounds_it():
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    dirty = saved(face_image(0), "JPEG", exif=exif, comment=b"secret comment", quality=80)

    clean = images.sanitize(dirty)

    assert b"secret" in dirty and b"secret" not in clean
    assert dirty[dirty.rindex(b"\xff\xda") :] == clean[clean.rindex(b"\xff\xda") :]
    assert np.array_equal(images.decode(clean), images.decode(dirty))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIC"])
def test_sanitizing_twice_changes_nothing(kind):
    once = images.sanitize(saved(face_image(0), kind))

    assert images.sanitize(once) == once


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_greyscale_in_a_16_bit_file_is_as_bright_as_its_depth_says(kind, bits):
    grey = np.asarray(face_image(2).convert("L")).astype(np.uint16)
    grey[0, 0] = 255  # white is somewhere
    stored = Image.fromarray(grey * ((2**bits - 1) // 255))

    pixels = images.decode(saved(stored, kind))

    assert np.abs(pixels[..., 0].astype(int) - grey).max() <= 1


@pytest.mark.parametrize("bits", [10, 12, 16])
@pytest.mark.parametrize("kind", ["png", "tiff"])
def test_colour_in_a_16_bit_file_is_as_bright_as_its_depth_says(kind, bits):
    colour = np.asarray(face_image(2)).astype(np.uint16)
    colour[0, 0] = 255
    deep = colour[..., ::-1] * ((2**bits - 1) // 255)

    pixels = images.decode(cv2.imencode(f".{kind}", deep)[1].tobytes())

    assert np.abs(pixels.astype(int) - colour).max() <= 1


def test_a_dark_photo_of_a_told_depth_stays_dark():
    dark = Image.fromarray((np.asarray(face_image(2).convert("L")) // 8).astype(np.uint16) * 257)
    data = saved(dark, "PNG")
    told = data[:33] + png_chunk(b"sBIT", b"\x10") + data[33:]

    assert images.decode(told).mean() < 32


def test_a_photo_in_another_colour_space_is_shown_as_srgb():
    image = Image.new("RGB", (64, 64), (200, 60, 60))
    swapped = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at, green = swapped.index(b"rXYZ"), swapped.index(b"gXYZ")
    swapped[at : at + 4], swapped[green : green + 4] = b"gXYZ", b"rXYZ"
    profile = bytes(swapped).replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))
    for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
        red, green, _blue = images.decode(saved(image, kind, icc_profile=profile))[32, 32]
        assert green > 150 > red, kind


@pytest.mark.parametrize(
    "icc", [b"", b"junk", b"\0" * 128 + b"acsp", b"\0" * 36 + b"acsp" + b"RGB " * 99]
)
def test_a_broken_colour_profile_is_ignored(icc):
    image = Image.new("RGB", (64, 64), (200, 60, 60))
    for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
        assert images.decode(saved(image, kind, icc_profile=icc))[32, 32, 0] > 190


def test_heic_and_avif_are_turned_as_they_say_themselves():
    for kind in ("HEIC", "AVIF"):
        upright = images.decode(saved(picture(), kind, quality=95))
        turned = images.decode(saved(picture(), kind, quality=95, exif=exif(6)))

        assert turned.shape == (96, 72, 3)
        assert np.abs(turned.astype(int) - np.rot90(upright, -1)).mean() < 4
