"""Photos in every format that is read, and ways to damage them."""

import io
import struct
import zlib

import numpy as np
import pillow_heif
from PIL import Image

EXIF_ORIENTATION = 0x0112


def saved(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    if kind == "HEIC":
        options.setdefault("quality", 90)
        pillow_heif.from_pillow(image).save(buffer, **options)
    else:
        image.save(buffer, kind, **options)
    return buffer.getvalue()


def picture(width: int = 96, height: int = 72, seed: int = 0) -> Image.Image:
    """Soft coloured spots, all different, with nothing that is grey or black."""
    spots = np.random.default_rng(seed).integers(30, 226, (6, 8, 3), np.uint8)
    return Image.fromarray(spots).resize((width, height), Image.Resampling.BICUBIC)


def exif(orientation: int = 6) -> bytes:
    made = Image.Exif()
    made[EXIF_ORIENTATION] = orientation
    made[0x010E] = "secret place"
    return made.tobytes()


def every_format(image: Image.Image | None = None) -> dict[str, bytes]:
    image = image or picture()
    return {
        "JPEG": saved(image, "JPEG", quality=92, exif=exif()),
        "progressive JPEG": saved(image, "JPEG", quality=92, progressive=True, exif=exif()),
        "CMYK JPEG": saved(image.convert("CMYK"), "JPEG", quality=92),
        "PNG": saved(image, "PNG", exif=exif()),
        "palette PNG": saved(image.quantize(64), "PNG", transparency=3),
        "lossy WebP": saved(image, "WEBP", quality=90, exif=exif()),
        "lossless WebP": saved(image.convert("RGBA"), "WEBP", lossless=True, exif=exif()),
        "GIF": saved(image.quantize(128), "GIF"),
        "BMP": saved(image, "BMP"),
        "TIFF": saved(image, "TIFF", exif=exif()),
        "TIFF of two pages": saved(
            image, "TIFF", compression="tiff_lzw", save_all=True, append_images=[image]
        ),
        "HEIC": saved(image, "HEIC", exif=exif()),
        "AVIF": saved(image, "AVIF", quality=90, exif=exif()),
        "JPEG 2000": saved(image, "JPEG2000"),
        "codestream": saved(image, "JPEG2000", no_jp2=True),
    }


def png_chunk(name: bytes, body: bytes) -> bytes:
    checked = name + body
    return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))


def png_header(width: int, height: int, bits: int = 8, colour: int = 2) -> bytes:
    """A PNG that claims a size and holds next to nothing."""
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", head)
        + png_chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + png_chunk(b"IEND", b"")
    )


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """One to four random changes."""
    made = bytearray(data)
    for _number in range(rng.integers(1, 5)):
        at = int(rng.integers(0, max(1, len(made))))
        if rng.random() < 0.5:  # where the structure is
            at = min(at, int(rng.integers(0, 700)))
        length = int(rng.integers(1, 40))
        kind = rng.integers(0, 7)
        if kind == 0:
            made[at : at + 1] = rng.bytes(1)
        elif kind == 1:
            made[at : at + 4] = [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\1"][at % 3]
        elif kind == 2:
            del made[at : at + length]
        elif kind == 3:
            made[at:at] = made[at : at + length]
        elif kind == 4:
            made[at:at] = rng.bytes(length)
        elif kind == 5 and rng.random() < 0.3:
            del made[at:]
        else:
            made[at : at + 1] = bytes((made[at] ^ 1 << int(rng.integers(0, 8)),)) if made else b""
    return bytes(made)


def with_pages(count: int, *, ring: bool = False) -> bytes:
    """A TIFF with a chain of directories; in a ring the last one names the first as its next."""
    data = bytearray(saved(picture(), "TIFF"))
    (first,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, first)
    link = first + 2 + 12 * entries
    directory = bytes(data[first:link])
    for _number in range(count):
        data += b"\0" * (len(data) % 2)
        struct.pack_into("<I", data, link, len(data))
        data += directory + bytes(4)
        link = len(data) - 4
    if ring:
        struct.pack_into("<I", data, link, first)
    return bytes(data)


def with_scans(count: int, side: int = 7000) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    data = saved(Image.new("RGB", (side, side), "gray"), "JPEG", progressive=True, quality=50)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * count + b"\xff\xd9"


def bombs() -> dict[str, bytes]:
    """Files of so many parts that an unguarded reader takes seconds to minutes."""
    jpeg, png = saved(picture(), "JPEG"), saved(picture(), "PNG")
    return {
        "1,000 scans": with_scans(1000, side=3000),
        "60 scans": with_scans(50, side=3000),
        "fill bytes before the first segment": jpeg[:2] + b"\xff" * 19_000_000 + jpeg[2:],
        "fill bytes in a scan": jpeg[:-2] + b"\xff" * 19_000_000 + b"\xff\xd9",
        "empty comments": jpeg[:2] + b"\xff\xfe\x00\x02" * 4_000_000 + jpeg[2:],
        "restart markers": jpeg[:-2] + b"\xff\xd0" * 9_000_000 + b"\xff\xd9",
        "stuffed bytes": jpeg[:-2] + b"\xff\x00" * 9_000_000 + b"\xff\xd9",
        "empty chunks": png[:33] + png_chunk(b"tEXt", b"") * 1_500_000 + png[33:],
        "empty chunks of pixels": png[:33] + png_chunk(b"IDAT", b"") * 1_500_000 + png[33:],
        "pages": with_pages(20_000),
        "pages in a ring": with_pages(1, ring=True),
        "RIFF chunks": b"RIFF\xff\xff\xff\x01WEBP" + b"ABCD\0\0\0\0" * 2_400_000,
        "GIF blocks": saved(picture().quantize(), "GIF")[:-2] + b"\x01\x00" * 9_000_000 + b"\0;",
        "boxes": b"\0\0\0\x14ftypheic\0\0\0\0heic" + b"\0\0\0\x08free" * 2_400_000,
        "WebP of 50 megapixels": saved(
            Image.new("RGBA", (7071, 7071)), "WEBP", lossless=True, method=0, exif=exif()
        ),
        "GIF of 25 megapixels": saved(Image.new("P", (5000, 5000)), "GIF"),
    }


def large_pictures() -> dict[str, bytes]:
    """Small files of many pixels, as many as their formats may have."""
    clear, black = Image.new("RGBA", (5000, 5000)), Image.new("RGB", (5000, 5000))
    return {
        "1,000 scans": with_scans(1000),
        "50 scans": with_scans(50),
        "64 scans": with_scans(54, side=4300),
        "pages": with_pages(100_000),
        "JPEG": saved(Image.new("RGB", (7071, 7071)), "JPEG", quality=1),
        "progressive JPEG": saved(Image.new("RGB", (7000, 7000)), "JPEG", progressive=True),
        "CMYK JPEG": saved(Image.new("CMYK", (7071, 7071)), "JPEG", quality=1),
        "WebP": saved(clear, "WEBP", lossless=True, method=0, exif=exif()),
        "PNG": saved(clear, "PNG", compress_level=1),
        "TIFF": saved(clear, "TIFF", compression="tiff_deflate"),
        "floating point": saved(Image.new("F", (5000, 5000)), "TIFF", compression="tiff_deflate"),
        "fax": saved(Image.new("1", (5000, 5000)), "TIFF", compression="group4"),
        "HEIC": saved(black, "HEIC", quality=10),
        "AVIF": saved(clear, "AVIF", speed=10, quality=10),
        "JPEG 2000": saved(black, "JPEG2000"),
    }
