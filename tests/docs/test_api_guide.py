"""docs/api.md does what it says: every block runs, in order, against a real server and worker.

A block of shell or Python is run. A block of `json` or `text` right after it is what it prints,
where … stands for anything; of an object only the fields that are shown are compared.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest

from tests.support.faces import make_face, no_face
from tests.support.servers import PATIENCE, ROOT

GUIDE = ROOT / "docs/api.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
RUN = ("sh", "python")
SCOPES = [
    "verify",
    "embeddings",
    "gallery:read",
    "gallery:write",
    "history:read",
    "history:write",
    "admin",
]
END = "--- end of the block ---"


@dataclass
class Block:
    line: int
    language: str
    text: str
    shown: tuple[str, str] | None = None  # (language, text) of what it prints


def blocks() -> list[Block]:
    text = GUIDE.read_text()
    found, end = [], 0
    for match in FENCE.finditer(text):
        language, body = match.groups()
        if language in RUN:
            found.append(Block(text[: match.start()].count("\n") + 1, language, body))
        elif language in ("json", "text"):
            between = text[end : match.start()]  # since the block before
            assert found and not between.strip(), f"Who prints this? {body[:60]}"
            found[-1].shown = (language, body)
        else:
            raise AssertionError(f"A block in an unknown language: {language}")
        end = match.end()
    return found


def agrees(shown, printed) -> bool:
    if shown == "…":
        return True
    if isinstance(shown, dict):
        return isinstance(printed, dict) and all(
            name in printed and agrees(value, printed[name])
            for name, value in shown.items()
            if name != "…"
        )
    if isinstance(shown, list):
        if shown and shown[-1] == "…":
            shown = shown[:-1]
            printed = printed[: len(shown)]
        return len(shown) == len(printed) and all(map(agrees, shown, printed))
    if isinstance(shown, float):
        return printed == pytest.approx(shown, abs=0.02)
    if isinstance(shown, str) and "…" in shown:
        return isinstance(printed, str) and bool(pattern(shown).fullmatch(printed))
    return shown == printed


def pattern(text: str) -> re.Pattern:
    return re.compile(".*?".join(map(re.escape, text.split("…"))), re.S)


def one_spaced(text: str) -> str:
    """Without the padding of table columns, whose width depends on what is in them."""
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


@pytest.fixture(scope="module")
def ran(place, tmp_path_factory) -> list[tuple[Block, str]]:
    """Every block with what it printed, run by one shell from top to bottom."""
    if not shutil.which("curl"):
        pytest.skip("the program curl is not installed")
    if place.worker is None:
        place.start_worker()
    folder = tmp_path_factory.mktemp("reader")
    for name, photo in {
        "a.jpg": make_face(1, 0), "b.jpg": make_face(1, 1), "c.jpg": make_face(2, 0),
        "sky.jpg": no_face(),
    }.items():  # fmt: skip
        (folder / name).write_bytes(photo)
    programs = folder / "bin"
    programs.mkdir()
    client = f"PYTHONPATH={ROOT / 'clients/python'} exec {sys.executable}"
    for name, command in {"faceverify": "-m faceverify_client", "python3": ""}.items():
        (programs / name).write_text(f'#!/bin/sh\n{client} {command} "$@"\n')
        (programs / name).chmod(0o755)
    script = "\n".join(
        (b.text if b.language == "sh" else f"python3 - <<'PYTHON'\n{b.text}PYTHON")
        + f"\necho; echo '{END}'"
        for b in blocks()
    )
    script = script.replace("http://localhost:8000", place.url)
    script = script.replace("fv_your-key", place.new_key(scopes=SCOPES))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder, capture_output=True, text=True, timeout=2 * PATIENCE,
        env={"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(folder), "COLUMNS": "100"},
    )  # fmt: skip
    printed = done.stdout.split(END)
    number = min(len(printed) - 1, len(blocks()) - 1)
    assert done.returncode == 0, (
        f"The block at line {blocks()[number].line}: {printed[number]} {done.stderr[-2000:]}"
    )
    return list(zip(blocks(), printed, strict=False))


def test_every_block_runs(ran):
    assert len(ran) == len(blocks()) > 10


def test_what_is_shown_is_what_comes(ran, subtests):
    compared = 0
    for block, printed in ran:
        if block.shown is None:
            continue
        language, shown = block.shown
        with subtests.test(line=block.line):
            compared += 1
            if language == "json":
                assert agrees(json.loads(shown), json.loads(printed)), printed
            else:
                assert pattern(one_spaced(shown)).fullmatch(one_spaced(printed)), printed
    assert compared > 5


def test_nothing_shown_depends_on_how_fast_the_worker_is():
    shown = [block.shown[1] for block in blocks() if block.shown]

    assert shown
    for text in shown:
        assert not re.search(r"\b(pending|running)\b", text), text


def test_a_shown_answer_that_is_wrong_would_be_noticed():
    assert agrees({"outcome": "match", "id": "…"}, {"outcome": "match", "id": "x", "more": 1})
    assert agrees({"similarity": 0.71}, {"similarity": 0.7149})
    assert not agrees({"outcome": "match"}, {"outcome": "no_match"})
    assert not agrees({"similarity": 0.71}, {"similarity": 0.6})
    assert not agrees({"results": [{"id": "…"}]}, {"results": []})
    assert not agrees({"title": "a …"}, {"title": "b c"})
