"""Makes the Python client for ordinary programs of the one for asyncio, so that both always agree.

.venv/bin/python scripts/clients.py           write clients/python/faceverify_client/synchronous
.venv/bin/python scripts/clients.py --check   fail if it is not what it would be now
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import unasync

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "clients/python/faceverify_client"
SOURCE, MADE = PACKAGE / "asynchronous", PACKAGE / "synchronous"
NAMES = {
    "AsyncClient": "Client",
    "AsyncLiveSession": "LiveSession",
    "AsyncBaseTransport": "BaseTransport",
    "AsyncHTTPTransport": "HTTPTransport",
    "aclose": "close",
    "asyncio": "time",
}
HEAD = '"""Made by scripts/clients.py of the client for asyncio: changes belong there."""\n'


def main(arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = _make(Path(folder))
        there = {path.name: path.read_text() for path in MADE.glob("*.py")}
        if arguments == ["--check"]:
            if made != there:
                raise SystemExit(
                    "The client is behind the one for asyncio: run scripts/clients.py."
                )
            return
        MADE.mkdir(exist_ok=True)
        for name, text in made.items():
            (MADE / name).write_text(text)


def _make(folder: Path) -> dict[str, str]:
    """File names, and what is to be in them."""
    sources = sorted(SOURCE.glob("*.py"))
    rule = unasync.Rule(str(SOURCE), str(folder), additional_replacements=NAMES)
    unasync.unasync_files([str(path) for path in sources], [rule])
    (folder / "__init__.py").write_text(HEAD)
    for path in folder.glob("*.py"):
        # `x: Awaitable[T]` is what a call gives that is not awaited: T itself.
        path.write_text(path.read_text().replace("Awaitable[Finishing]", "Finishing"))
    ruff = [str(Path(sys.executable).with_name("ruff")), "--config", str(ROOT / "pyproject.toml")]
    for what in (["check", "--fix", "--unsafe-fixes", "--quiet"], ["format", "--quiet"]):
        subprocess.run([ruff[0], *what, *ruff[1:], str(folder)], check=True)
    return {path.name: path.read_text() for path in folder.glob("*.py")}


if __name__ == "__main__":
    main(sys.argv[1:])
