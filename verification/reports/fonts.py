"""The fonts of a report: which of them has a character. They come with packages, which are not imported."""

import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTFont

FILES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
JOINERS = ("\N{ZERO WIDTH NON-JOINER}", "\N{ZERO WIDTH JOINER}")  # some scripts are spelt with them
MISSING = "\N{WHITE SQUARE}"  # for a character that no font has


def usual(style: str) -> Path:
    """Latin, Greek, Cyrillic and more: Matplotlib brings it."""
    return _folder("matplotlib") / "mpl-data" / "fonts" / "ttf" / FILES[style]


def other_for(character: str) -> Path | None:
    """The first of the other fonts that has a character which the usual one lacks."""
    if ord(character) in _characters(usual("")):
        return None
    return next((path for path in _others() if ord(character) in _characters(path)), None)


def drawable(text: str) -> str:
    """With MISSING for what cannot be drawn, without what shows nothing."""
    return "".join(_drawn(character) for character in text)


def _drawn(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character) in ("Cf", "Cc") and character not in JOINERS:
        return ""
    known = ord(character) in _characters(usual("")) or other_for(character)
    return character if known else MISSING


@cache
def _others() -> tuple[Path, ...]:
    """Scripts from Arabic to Thai; last Chinese, Japanese and Korean, the largest."""
    return tuple(_noto())


def _noto() -> Iterator[Path]:
    yield from sorted(_folder("manimgx_fonts").glob("NotoSans*.ttf"))
    yield from _folder("noto_cjk_sans_jp_regular").glob("*.otf")


@cache
def _characters(path: Path) -> frozenset[int]:
    with TTFont(path, lazy=True) as face:
        return frozenset(face.getBestCmap())


def _folder(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None and spec.submodule_search_locations, "see requirements-serve.in"
    return Path(spec.submodule_search_locations[0])
