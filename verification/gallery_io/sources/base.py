"""What every source yields."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ...text.sentences import sentence

UNREADABLE = sentence("The source did not give the photo.")
LOOK_THERE = sentence("Look at it there, then import again.")


class SourceRefused(Exception):
    """The source as a whole cannot be read: `code`, `detail`, and in `remedy` what to do."""

    def __init__(self, code: str, detail: str, remedy: str):
        super().__init__(detail)
        self.code, self.detail, self.remedy = code, detail, remedy


class PhotoMissing(Exception):
    """One photo is not there, or cannot be read; the others are."""

    def __init__(self, code: str, detail: str, remedy: str):
        super().__init__(detail)
        self.code, self.detail, self.remedy = code, detail, remedy


@dataclass(frozen=True)
class SourcePhoto:
    """A photo of a person. `file` is what it is called; `read` gives its bytes, or raises PhotoMissing."""

    person: str
    file: str
    read: Callable[[], bytes]


class Source(Protocol):
    """People with their photos."""

    def people(self) -> Iterator[str]:
        """Names, also of those without a photo. Raises SourceRefused."""

    def photos(self) -> Iterator[SourcePhoto]:
        """In any order. Raises SourceRefused."""


def unreadable() -> PhotoMissing:
    return PhotoMissing("photo_missing", UNREADABLE, LOOK_THERE)
