"""Why a job ends without what was asked for."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Refusal:
    """Why there is nobody to compare with."""

    code: str
    detail: str
    remedy: str
    which: str = ""
    faces: list = field(default_factory=list)
