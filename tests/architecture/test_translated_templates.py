"""Every word of the templates goes through the catalogues, in all their branches, seen or not by a walk of the pages."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType

TEMPLATES = Path(__file__).parents[2] / "templates"
FILES = sorted(path for path in TEMPLATES.rglob("*.*") if path.suffix in (".html", ".txt"))
WORD = re.compile(r"[A-Za-z]{2,}")
SAID = (
    "alt",
    "aria-label",
    "content",
    "placeholder",
    "title",
)  # attributes that people read or hear
NO_WORDS = ("code", "kbd", "script", "style")
NAMES = {"faceverify", "SHA-256"}
HOLE = " \x00 "  # where a tag or a variable stood
CLASSES = ("block width", "block form_class")
# Made of tags in places where a parser of HTML does not expect them; it holds no words.
UNREADABLE = ("allauth/elements/button.html",)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_template_has_no_word_that_cannot_be_translated(path):
    place = path.relative_to(TEMPLATES)
    if str(place) not in UNREADABLE:
        assert list(untranslated(path.read_text())) == []


def test_words_are_found_wherever_they_are():
    template = """
        {# no words #}<p class="no words">{% translate "Fine" %} Text {{ here }}</p>
        <img alt="A face" data-say="It is said"><code>no words</code>
        {% include "x.html" with title="A title" words=_("Fine") %}{{ name|default:"Nobody there" }}
        {% blocktranslate %}Fine <a title="fine">too</a>{% endblocktranslate %}
    """

    assert list(untranslated(template)) == [
        "A title", "Nobody there", "Text", "A face", "It is said"
    ]  # fmt: skip


def untranslated(template: str) -> Iterator[str]:
    """The words of a template, and of attributes in it, that gettext does not see."""
    page: list[str] = []
    skipped = ""
    for token in Lexer(template).tokenize():
        name = token.contents.split(" ")[0] if token.token_type == TokenType.BLOCK else ""
        if skipped:
            skipped = "" if name == skipped else skipped
        elif name in ("blocktranslate", "comment"):
            skipped = f"end{name}"
        elif token.contents in CLASSES:
            skipped = "endblock"
        elif token.token_type == TokenType.TEXT:
            page.append(token.contents)
        elif token.token_type != TokenType.COMMENT:
            page.append(HOLE)
            yield from _in_tag(token.contents)
    parser = _Parser()
    parser.feed("".join(page))
    parser.close()
    yield from parser.found


def _in_tag(contents: str) -> Iterator[str]:
    """Sentences that a tag hands on, or that stand in for a missing value."""
    if contents.startswith("include "):
        for text in re.findall(r'\b\w+="([^"]*)"', contents):
            if WORD.search(text) and " " in text:
                yield text
    for text in re.findall(r'\|default:"([^"]*)"', contents):
        if WORD.search(text) and not text.isupper() and text not in NAMES:
            yield text


def _is_sentence(value: str) -> bool:
    return any(" " in piece.strip() for piece in value.split(HOLE))


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside += tag in NO_WORDS
        said = dict(attrs)
        for name, value in attrs:
            if name == "content" and said.get("name") != "description":
                continue
            if name in SAID or (name.startswith("data-") and _is_sentence(value or "")):
                self._look(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.inside -= tag in NO_WORDS

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self._look(data)

    def _look(self, text: str) -> None:
        for piece in text.split(HOLE):
            piece = " ".join(piece.split())
            if WORD.search(piece) and piece.strip(" ,.·") not in NAMES:
                self.found.append(piece)
