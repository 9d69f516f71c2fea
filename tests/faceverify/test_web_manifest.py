"""faceverify on a phone's home screen."""

import io
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse
from PIL import Image

from tests.support.clients import browser


@pytest.fixture
def manifest(db) -> dict:
    answer = browser().get(reverse("web_manifest"))
    assert answer["Content-Type"] == "application/manifest+json"
    return json.loads(answer.content)


def picture(src: str) -> Image.Image:
    found = finders.find(src.removeprefix(settings.STATIC_URL))
    assert found
    return Image.open(io.BytesIO(Path(str(found)).read_bytes()))


def test_every_page_names_the_manifest_and_the_colours_of_both_schemes(db):
    page = browser().get("/").content.decode()

    assert f'rel="manifest" href="{reverse("web_manifest")}"' in page
    assert page.count('name="theme-color"') == 2
    assert 'rel="apple-touch-icon"' in page


def test_the_icons_are_there_in_the_sizes_it_names(manifest):
    sizes = {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]}

    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= sizes
    for icon in manifest["icons"]:
        with picture(icon["src"]) as image:
            assert f"{image.width}x{image.height}" == icon["sizes"]
            assert image.format == "PNG"


def test_a_maskable_icon_fills_its_square_and_keeps_the_mark_inside_the_circle(manifest):
    icon = next(row for row in manifest["icons"] if row["purpose"] == "maskable")
    with picture(icon["src"]) as image:
        pixels, side = image.convert("RGB").load(), image.width
        assert pixels is not None
        ground = pixels[0, 0]
        for x in range(side):
            for y in range(side):
                away = ((x - side / 2) ** 2 + (y - side / 2) ** 2) ** 0.5
                if away > 0.4 * side:
                    assert pixels[x, y] == ground, (x, y)


def test_the_colours_are_those_of_the_pages(manifest):
    tokens = (settings.BASE_DIR / "static" / "css" / "tokens.css").read_text()

    for token, told in (("paper", "background_color"), ("accent", "theme_color")):
        assert re.search(rf"--{token}: light-dark\({manifest[told]}", tokens)


def test_it_opens_at_addresses_that_there_are(manifest, owner):
    for url in (manifest["start_url"], *(row["url"] for row in manifest["shortcuts"])):
        assert owner.get(url).status_code in (200, 302)
