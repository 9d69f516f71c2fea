"""Draw the rooms of the project, for docs/architecture.md: docs/images/house.svg.

    .venv/bin/python scripts/house.py [--check]

The rooms and their layers are those that import-linter holds (pyproject.toml), so the picture cannot
say anything else than the code.
"""

import sys
import tomllib
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "house.svg"
STYLE = """
.page{fill:#fdfcf8} .house{fill:#f1efe7;stroke:#c9c5b6} .room{fill:#fff;stroke:#9fb8ad}
text{font-family:system-ui,-apple-system,"Segoe UI",sans-serif;fill:#14211c}
.title{font-size:16px;font-weight:700} .name{font-size:13px;font-weight:600;fill:#0d5c4a}
.word{font-size:12px;fill:#4c5a54}
@media (prefers-color-scheme: dark){
.page{fill:#14191a} .house{fill:#1d2526;stroke:#3a4645} .room{fill:#263131;stroke:#4d6a61}
text{fill:#eef3f0} .name{fill:#7fd6bd} .word{fill:#b4c2bc}}
"""
GAP, ROW, HEAD = 8, 34, 56  # between rooms; a room's height; a house's title and words


def draw() -> str:
    """The picture as SVG."""
    layers = _layers()
    verification, ml = layers["verification"], layers["ml"]
    height = HEAD + (ROW + GAP) * max(len(verification), len(ml)) + GAP
    accounts = [[room] for room in _packages("accounts")]
    top = 20
    parts = [
        *_house(20, top, 1000, HEAD + ROW + GAP, "faceverify/", "the site: settings, addresses, processes, outages, health", [_packages("faceverify")]),
        *_house(20, top + HEAD + ROW + 28, 170, height, "accounts/", "who you are", accounts),
        *_house(210, top + HEAD + ROW + 28, 520, height, "verification/", "what the product does", verification),
        *_house(750, top + HEAD + ROW + 28, 270, height, "ml/", "photos to verdicts; no Django", ml),
    ]  # fmt: skip
    bottom = top + HEAD + ROW + 28 + height + 30
    note = (
        "In verification and ml a room imports only what stands below it; verification imports accounts, and ml "
        "through engine alone; faceverify imports all, but its api, which all endpoints share, nothing."
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1040 {bottom + 20}" role="img" aria-labelledby="t d">\n'
        f'<title id="t">The rooms of faceverify</title>\n<desc id="d">{escape(_told(layers))}</desc>\n'
        f"<style>{STYLE}</style>\n"
        f'<rect class="page" width="1040" height="{bottom + 20}"/>\n'
        + "\n".join(parts)
        + f'\n<text class="word" x="20" y="{bottom}">{escape(note)}</text>\n</svg>\n'
    )


def _layers() -> dict[str, list[list[str]]]:
    """The layers of each package, from the top: rooms that stand side by side in one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {
        contract["containers"][0]: [layer.split(" | ") for layer in contract["layers"]]
        for contract in project["tool"]["importlinter"]["contracts"]
        if "containers" in contract
    }


def _packages(name: str) -> list[str]:
    """The rooms of a package that has no layers."""
    found = sorted(path.parent.name for path in (ROOT / name).glob("*/__init__.py"))
    return [room for room in found if room not in ("management", "migrations", "templatetags")]


def _house(x: int, y: int, width: int, height: int, title: str, words: str, rows: list[list[str]]):
    yield f'<rect class="house" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>'
    yield f'<text class="title" x="{x + 14}" y="{y + 24}">{title}</text>'
    yield f'<text class="word" x="{x + 14}" y="{y + 43}">{escape(words)}</text>'
    # Rows that are fewer than there is room for are spread over it.
    step = max(ROW + GAP, (height - HEAD - GAP) // len(rows)) if len(rows) > 1 else ROW + GAP
    for number, rooms in enumerate(rows):
        wide = (width - 24 - GAP * (len(rooms) - 1)) / len(rooms)
        for place, room in enumerate(rooms):
            left, up = x + 12 + place * (wide + GAP), y + HEAD + number * step
            yield f'<rect class="room" x="{left:g}" y="{up}" width="{wide:g}" height="{ROW}" rx="6"/>'
            yield f'<text class="name" x="{left + 10:g}" y="{up + 22}">{room}</text>'


def _told(layers: dict[str, list[list[str]]]) -> str:
    return " ".join(
        f"{package}, from the top: {'; '.join(', '.join(rooms) for rooms in rows)}."
        for package, rows in layers.items()
    )


if __name__ == "__main__":
    if sys.argv[1:] != ["--check"]:
        PICTURE.write_text(draw())
    elif PICTURE.read_text() != draw():
        raise SystemExit(f"{PICTURE.relative_to(ROOT)} shows other rooms: python scripts/house.py")
