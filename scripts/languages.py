"""The catalogues of translations, without the programs of GNU gettext.

    .venv/bin/python scripts/languages.py update      take the sentences from the code into every catalogue
    .venv/bin/python scripts/languages.py add fr      begin another language
    .venv/bin/python scripts/languages.py compile     write the .mo files that are read while serving
    .venv/bin/python scripts/languages.py check       fail for a catalogue that is not up to date or not complete

A language is a folder `locale/CODE/LC_MESSAGES` with `django.po` (Python and templates) and `djangojs.po`
(static/js). Nothing else names it: the settings offer each folder there is.
"""

import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
CODE = ("accounts", "faceverify", "ml", "verification")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_noop": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
    # Marks without effect on sentences that are stored: ml/sentences.py, verification/text/sentences.py.
    "sentence": None,
    "Sentences": (1, 2),
}
COMMENTS = ["Translators:"]
# A call in what Django makes of a template, which is Python only in such places.
CALL = re.compile(
    r"""\b(?:n?p?gettext|_)\((?:[^()'"]|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")*\)""", re.DOTALL
)
OF_NO_USE = (
    b'"Project-Id', b'"Report-', b'"POT-', b'"PO-Rev', b'"Last-', b'"Language-Team', b'"Generated-'
)  # fmt: skip
FIELD = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")  # what a sentence leaves open

Message = tuple[int, str | tuple[str, ...], list[str], str | None]


def main(arguments: list[str]) -> None:
    match arguments:
        case ["update"]:
            for path in _catalogues():
                _write(path, _updated(path))
        case ["add", code]:
            for domain in DOMAINS:
                path = LOCALE / code / "LC_MESSAGES" / f"{domain}.po"
                path.parent.mkdir(parents=True, exist_ok=True)
                if not path.exists():
                    _write(path, Catalog(locale=code))
            main(["update"])
        case ["compile", *paths]:
            for path in [Path(path) for path in paths] or _catalogues():
                # Whole or not at all: it may be read at this moment.
                unfinished = path.with_suffix(f".{os.getpid()}.mo")
                with unfinished.open("wb") as compiled:
                    write_mo(compiled, _read(path))
                unfinished.replace(path.with_suffix(".mo"))
        case ["check"]:
            if problems := [problem for path in _catalogues() for problem in _problems(path)]:
                raise SystemExit("\n".join(problems))
        case _:
            raise SystemExit(__doc__)


def _problems(path: Path) -> Iterator[str]:
    """What keeps a catalogue from being complete and true to the code."""
    name = path.relative_to(ROOT)
    there, wanted = _read(path), DOMAINS[path.stem]()
    keys = {(message.id, message.context) for message in there if message.id}
    for message in wanted:
        if message.id and (message.id, message.context) not in keys:
            yield f"{name}: missing: {message.id!r}; run: python scripts/languages.py update"
    for message in there:
        if not message.id:
            continue
        told, asked = _forms(message.string), _forms(message.id)
        if not told or not all(told):
            yield f"{name}: not translated: {message.id!r}"
        elif message.fuzzy:
            yield f"{name}: to be looked at (fuzzy): {message.id!r}"
        # A singular may leave the number out; nothing may ask for what the code does not give.
        elif any(_fields(text) - _fields(asked[-1]) for text in told) or (
            _fields(told[-1]) != _fields(asked[-1])
        ):
            yield f"{name}: other fields than the original: {message.id!r}"


def _forms(text: object) -> list[str]:
    """A sentence's singular and plurals, or itself alone."""
    return [str(form) for form in text] if isinstance(text, tuple | list) else [str(text or "")]


def _fields(text: str) -> set[str]:
    return set(FIELD.findall(text))


def _updated(path: Path) -> Catalog:
    catalogue = _read(path)
    # A sentence that is only like another one is not taken for it: nobody would look.
    catalogue.update(DOMAINS[path.stem](), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def _catalogues() -> list[Path]:
    return sorted(path for path in LOCALE.glob("*/LC_MESSAGES/*.po") if path.stem in DOMAINS)


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def _write(path: Path, catalogue: Catalog) -> None:
    # Without places and dates, a catalogue changes only where sentences do.
    catalogue.header_comment, catalogue.fuzzy = "# Translations of faceverify.", False
    with io.BytesIO() as text:
        write_po(text, catalogue, width=100, no_location=True, omit_header=False, sort_output=True)
        lines = [line for line in text.getvalue().splitlines() if not line.startswith(OF_NO_USE)]
        path.write_bytes(b"\n".join(lines) + b"\n")


def _of_pages() -> Catalog:
    """The sentences of Python and templates."""
    catalogue = Catalog()
    for package in CODE:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                _take(catalogue, "python", path.read_bytes())
    for path in sorted((ROOT / "templates").rglob("*.*")):
        calls = CALL.findall(templatize(path.read_text(), origin=str(path)))
        _take(catalogue, "python", "\n".join(calls).encode())
    return catalogue


def _of_scripts() -> Catalog:
    """The sentences of the pages' own JavaScript."""
    catalogue = Catalog()
    for path in sorted((ROOT / "static" / "js").rglob("*.js")):
        _take(catalogue, "javascript", path.read_bytes())
    return catalogue


def _take(catalogue: Catalog, method: str, source: bytes) -> None:
    found: Iterable[Message] = extract(method, io.BytesIO(source), KEYWORDS, COMMENTS)
    for _line, text, comments, context in found:
        catalogue.add(text, auto_comments=comments, context=context)


DOMAINS = {"django": _of_pages, "djangojs": _of_scripts}

if __name__ == "__main__":
    main(sys.argv[1:])
