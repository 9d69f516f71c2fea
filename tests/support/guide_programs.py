"""The Python of a guide as one program, each block perhaps followed by the text that it prints. What is
for a shell is passed over: it needs what its reader has."""

from pathlib import Path
from typing import NamedTuple

from tests.support.guides import END, FENCE, pattern


class Block(NamedTuple):
    """`shown` is what it prints, where … stands for anything; empty where nothing is shown."""

    text: str
    shown: str

    def agrees(self, printed: str) -> bool:
        return bool(pattern(self.shown.strip()).fullmatch(printed.strip()))


def python_blocks(guide: Path) -> list[Block]:
    """In the order of the guide."""
    found: list[Block] = []
    for language, text in FENCE.findall(guide.read_text()):
        if language == "python":
            found.append(Block(text, ""))
        elif language == "text":
            found[-1] = found[-1]._replace(shown=text)
    return found


def program_of(blocks: list[Block]) -> str:
    """One program of all blocks, which marks the end of what each prints."""
    return "".join(f"{block.text}\nprint({END!r})\n" for block in blocks)
