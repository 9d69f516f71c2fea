"""A guide whose blocks are run as its reader would, and compared with what it says they print.

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
from pathlib import Path

import pytest

from tests.support.faces import make_face, no_face
from tests.support.servers import PATIENCE, ROOT

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
RUN = ("sh", "python")
SCOPES = [
    "verify", "embeddings", "gallery:read", "gallery:write", "history:read", "history:write", "admin",
]  # fmt: skip
END = "--- end of the block ---"


@dataclass
class Block:
    line: int
    language: str
    text: str
    shown: tuple[str, str] | None = None  # (language, text) of what it prints


def blocks_of(guide: Path) -> list[Block]:
    text = guide.read_text()
    found: list[Block] = []
    end = 0
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


def run(blocks: list[Block], place, folder: Path, **environment: str) -> list[tuple[Block, str]]:
    """Every block with what it printed, run by one shell from top to bottom in `folder`, where a.jpg and
    b.jpg show one person, c.jpg another, and sky.jpg nobody. `environment` comes to what there is."""
    if not shutil.which("curl"):
        pytest.skip("the program curl is not installed")
    if place.worker is None:
        place.start_worker()
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
        for b in blocks
    )
    key = place.new_key(scopes=SCOPES)
    script = script.replace("http://localhost:8000", place.url).replace("fv_your-key", key)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder, capture_output=True, text=True, timeout=2 * PATIENCE,
        env={"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(folder), "COLUMNS": "100",
             "FACEVERIFY_URL": place.url, "FACEVERIFY_KEY": key, **environment},
    )  # fmt: skip
    printed = done.stdout.split(END)
    number = min(len(printed) - 1, len(blocks) - 1)
    assert done.returncode == 0, (
        f"The block at line {blocks[number].line}: {printed[number]} {done.stderr[-2000:]}"
    )
    return list(zip(blocks, printed, strict=False))


def is_as_shown(block: Block, printed: str) -> bool:
    """Whether it printed what the guide says, if that says anything."""
    if block.shown is None:
        return True
    language, shown = block.shown
    if language == "json":
        return agrees(json.loads(shown), json.loads(printed))
    return bool(pattern(one_spaced(shown)).fullmatch(one_spaced(printed)))


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
