"""Why a job ends without a result."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """What is wrong with the request itself, such as a gallery without people: a code, a sentence
    and what to do. `which` photo and its `faces` where it is about a photo."""

    code: str
    detail: str
    remedy: str
    which: str = ""
    faces: list[dict[str, Any]] = field(default_factory=list)
