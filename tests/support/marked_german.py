"""Pages as a German reads them, and what of them is English. Every sentence that a catalogue gives is marked, so that
whatever is shown without marks went past the catalogues: it needs no list of words, and no knowledge of German."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.apps import apps
from django.utils.translation import trans_real

from tests.support.languages import offer

BEGIN, END = "⟦", "⟧"
GERMAN = {"accept-language": "de"}
WORD = re.compile(r"[^\W\d_]{2,}")
SAID = ("alt", "aria-label", "placeholder", "title")  # attributes that people read or hear
NO_WORDS = ("code", "kbd", "pre", "script", "style", "svg", "textarea")
EMPTY = (
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "wbr",
)
# Measures, which have a point in every language.
MEASURED = re.compile(r"\d,\d")
MEASURES = ("cx", "cy", "d", "height", "max", "min", "points", "r", "rx", "step", "transform", "value", "viewbox",
            "width", "x", "x1", "x2", "y", "y1", "y2")  # fmt: skip
# What is a name in every language.
NAMES = ("faceverify", "verify", "English", "Deutsch", "UTC", "SHA-256", "ms")
# Addresses, ids, scopes, kinds of events.
CODE = re.compile(r"\S*\w[.:/@_]\w\S*|[0-9a-f]{8}-[0-9a-f-]{27}")


@pytest.fixture
def marked_german(settings, monkeypatch):
    """German, with marks around every text that is in a catalogue, also in Django's and allauth's."""
    offer(settings, ("de", "Deutsch"))
    german: Any = trans_real.translation("de")
    known, plural = german._catalog, german.ngettext

    def gettext(message: str) -> str:
        # A singular is found under the key of its plural as well.
        found = [key for key in (message, (message, german.plural(1))) if key in known]
        return f"{BEGIN}{known[found[0]]}{END}" if found else message

    def ngettext(one: str, many: str, number: int) -> str:
        told = plural(one, many, number)
        return f"{BEGIN}{told}{END}" if (one, german.plural(number)) in known else told

    monkeypatch.setattr(german, "gettext", gettext)
    monkeypatch.setattr(german, "ngettext", ngettext)


def stored_names() -> set[str]:
    """What anybody has called a thing, and what is called so everywhere."""
    names = set(NAMES)
    for model in apps.get_models():
        for field in {"name", "title"} & {field.name for field in model._meta.get_fields()}:
            names.update(filter(None, model._base_manager.values_list(field, flat=True)))
    return names


class Page(HTMLParser):
    """What people read of a page, and what is wrong with it."""

    def __init__(self, names: set[str]) -> None:
        super().__init__()
        self.names = names
        self.depth = 0  # of marks
        self.open: list[
            tuple[str, bool]
        ] = []  # elements, and whether their words are of no account
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        ignored = bool(self.open and self.open[-1][1])
        if tag != "html":
            ignored = (
                ignored
                or tag in NO_WORDS
                or said.get("lang") == "en"
                or said.get("translate") == "no"
            )
        for name, value in attrs:
            if not ignored and (name in SAID or name.startswith("data-")) and " " in (value or ""):
                self.found += list(_unmarked(value or "", 0, self.names)[0])
            typed = tag == "input" and said.get("type") not in ("number", "range")
            if name in MEASURES and MEASURED.search(value or "") and not typed:
                self.found.append(f"{tag} {name}={value}")
        if tag not in EMPTY:
            self.open.append((tag, ignored))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        found, self.depth = _unmarked(data, self.depth, self.names)
        if not (self.open and self.open[-1][1]):
            self.found += found


def _unmarked(text: str, depth: int, names: set[str]) -> tuple[list[str], int]:
    """The words outside of marks, and how deep in marks the text ends."""
    outside = []
    for piece in re.split(f"([{BEGIN}{END}])", text):
        if piece == BEGIN:
            depth += 1
        elif piece == END:
            depth -= 1
        elif depth == 0:
            outside.append(piece)
    left = " ".join(" ".join(outside).split())
    if WORD.search(left):
        left = re.sub(rf"\b({'|'.join(map(re.escape, names))})\b", "", CODE.sub("", left))
    return ([left] if WORD.search(left) else []), depth


def english(client, url: str, names: set[str]) -> dict[str, list[str]]:
    """The address, and what of its page is not German but for these names; nothing for a page that is."""
    answer = client.get(url, headers=GERMAN)
    if "text/html" not in answer.get("Content-Type", ""):
        return {}
    page = Page(names)
    page.feed(answer.content.decode())
    return {url: page.found} if page.found else {}
