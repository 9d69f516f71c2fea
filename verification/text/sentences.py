"""Sentences that are stored in English and shown in the language of whoever reads them.

A worker knows no reader, and what is stored must not depend on who asked for it. Such a sentence is
therefore written in English, marked where it is written, and recognised when it is shown: by itself, or
by the fields that it leaves open, `%(name)s`. Rows that were stored before are recognised as well, and a
text that is no known sentence stays as it is. Numbers are shown as the reader writes them.

The marks stand where a module is loaded, not in functions: the process that shows a sentence is another
one than the one that writes it.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from django.utils.formats import number_format
from django.utils.functional import lazy
from django.utils.translation import get_language, gettext, ngettext

NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|\d+")
FIELD = re.compile(r"%\((\w+)\)s|(%%)")
ENGLISH = (None, "en")  # None: no language at all, as in a worker

NAMES = {"name", "other"}  # fields that hold what a person has written: it stays as it is

_marked: dict[str, None] = {}
_plurals: dict[str, tuple[str, str]] = {}  # by each of the two forms, both
_sources: list[Mapping[str, None]] = [_marked]


def sentence(text: str) -> str:
    """The same text, noted as one that is stored; scripts/languages.py takes it into the catalogues."""
    _marked[text] = None
    return text


class Sentences:
    """A stored sentence with a number in it: `one`, and `several` with the field `number`."""

    def __init__(self, one: str, several: str):
        self.one, self.several = sentence(one), sentence(several)
        _plurals[one] = _plurals[several] = (one, several)

    def of(self, number: int, **fields: object) -> str:
        """In English, as it is stored."""
        return (self.one if number == 1 else self.several) % {"number": number, **fields}


def take_from(source: Mapping[str, None]) -> None:
    """Recognise the sentences of another package as well, those that it notes later included."""
    _sources.append(source)


def said(text: str) -> str:
    """A stored sentence in the reader's language."""
    if not text or get_language() in ENGLISH:
        return text
    if any(text in source for source in _sources) and not FIELD.search(text):
        return _translated(text, {})
    for known, expression in _expressions(sum(map(len, _sources))):
        if match := expression.fullmatch(text):
            found = match.groupdict()
            return _translated(known, found) % {name: _field(name, found[name]) for name in found}
    return text


said_lazy = lazy(said, str)


def _field(name: str, value: str) -> str:
    """What stands in a field: a name, a number, or another sentence."""
    if name in NAMES:
        return value
    if NUMBER.fullmatch(value):
        plain = value.replace(",", "")
        places = len(plain.partition(".")[2])
        return number_format(plain, decimal_pos=places, force_grouping="," in value)
    return said(value)


def _translated(text: str, found: Mapping[str, str]) -> str:
    if text not in _plurals:
        return gettext(text)
    one, several = _plurals[text]
    digits = re.sub(r"\D", "", found.get("number", ""))
    return ngettext(one, several, int(digits or 1))


@lru_cache(maxsize=1)
def _expressions(_number: int) -> list[tuple[str, re.Pattern[str]]]:
    """Those of all sentences with fields, of which there are so many by now; those that leave least open
    come first."""
    texts = {text for source in _sources for text in source if FIELD.search(text)}
    ordered = sorted(texts, key=lambda text: (-len(FIELD.sub("", text)), text))
    return [(text, re.compile("".join(_parts(text)), re.DOTALL)) for text in ordered]


def _parts(text: str) -> Iterator[str]:
    """A regular expression for the text with its fields filled."""
    place, seen = 0, set[str]()
    for field in FIELD.finditer(text):
        yield re.escape(text[place : field.start()])
        if field[2]:
            yield "%"
        elif field[1] in seen:
            yield f"(?P={field[1]})"
        else:
            seen.add(field[1])
            yield f"(?P<{field[1]}>.+?)"
        place = field.end()
    yield re.escape(text[place:])
