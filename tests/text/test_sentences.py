"""Sentences are stored in English and said in the reader's language."""

import ast
from pathlib import Path

import pytest
from django.utils import translation

from tests.support.languages import offer
from verification import engine
from verification.text import sentences
from verification.text.sentences import FIELD, said

ROOT = Path(__file__).parents[2]


def known() -> list[str]:
    return sorted({text for source in sentences._sources for text in source})


@pytest.fixture(autouse=True)
def german(settings):
    offer(settings, ("de", "Deutsch"))
    with translation.override("de"):
        yield


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("No face was found in the photo.", "Im Foto wurde kein Gesicht gefunden."),
        (
            "The face is only 17 pixels wide; at least 28 are needed.",
            "Das Gesicht ist nur 17 Pixel breit; mindestens 28 sind nötig.",
        ),
        (
            "The photo cannot be read in a reasonable time: the file has more than 10,000 boxes.",
            "Das Foto kann nicht in angemessener Zeit gelesen werden: Die Datei hat mehr als 10.000 Boxen.",
        ),
        ("One photo of Strict deleted.", "Ein Foto von Strict gelöscht."),
        ("12 photos of 1.5 deleted.", "12 Fotos von 1.5 gelöscht."),
        ("Something that nobody knows.", "Something that nobody knows."),
        ("", ""),
    ],
)
def test_a_sentence_is_recognised_by_itself_or_by_its_fields_and_names_stay(stored, shown):
    assert said(stored) == shown


def test_words_and_figures_of_verdicts_are_the_readers():
    told = [
        *map(str, engine.OUTCOMES.values()),
        engine.odds(1e-3),
        engine.percent(0.9934),
        engine.percent(0.9999),
        engine.leans(0.97, 1e-3),
        engine.leans(0.4, 1e-3, same="Ada"),
    ]

    assert told == [
        "Dieselbe Person",
        "Verschiedene Personen",
        "Nicht zu entscheiden",
        "1 von 1.000",
        "99,3 %",
        "mehr als 99,9 %",
        "Sehr wahrscheinlich dieselbe Person, 97 %, aber nicht genug für „Standard“",
        "Eher nicht Ada (40 % für Ada)",
    ]


def test_every_sentence_that_may_be_stored_is_told_from_all_others():
    fields = {name: f"<{name}>" for text in known() for name, _percent in FIELD.findall(text)}

    for text in known():
        if text in sentences._plurals:
            continue
        stored = text % fields if FIELD.search(text) else text
        wanted = translation.gettext(text)

        assert said(stored) == (wanted % fields if FIELD.search(text) else wanted)


def test_sentences_are_marked_where_a_module_is_loaded():
    """In a function, the process that shows them would not know them."""
    late = [
        f"{path}:{call.lineno}"
        for package in ("ml", "verification")
        for path in (ROOT / package).rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "sentence"
        and isinstance(call.args[0], ast.Constant)
    ]

    assert late == []


@pytest.mark.parametrize("language", ["en", None])
def test_english_stays_as_it_is(language):
    with translation.override(language):
        for text in known():
            assert said(text) == text
