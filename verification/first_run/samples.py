"""Photos to try with: drawn faces of nobody, see tests/support/make_samples.py."""

from dataclasses import dataclass
from pathlib import Path

from django.contrib.staticfiles import finders
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

FOLDER = "img/samples"
TAG = "sample"


@dataclass(frozen=True)
class Pair:
    """Two photos; `teaches` says what their verdict is there to show."""

    name: str
    words: str | Promise
    teaches: str | Promise
    probe: str
    reference: str

    @property
    def photos(self) -> tuple[str, str]:
        return f"{FOLDER}/{self.probe}", f"{FOLDER}/{self.reference}"


PAIRS = {
    pair.name: pair
    for pair in (
        Pair(
            "one",
            gettext_lazy("Two photos of one person"),
            gettext_lazy("The faces are alike."),
            "ida-1.jpg",
            "ida-2.jpg",
        ),
        Pair(
            "two",
            gettext_lazy("Two different people"),
            gettext_lazy("The faces are not alike."),
            "ida-1.jpg",
            "emil-1.jpg",
        ),
        Pair(
            "open",
            gettext_lazy("Hard to tell"),
            gettext_lazy("In between, no verdict is given."),
            "ida-2.jpg",
            "between.jpg",
        ),
    )
}
PEOPLE = {
    "Ida (sample)": ("ida-1.jpg", "ida-2.jpg"),
    "Emil (sample)": ("emil-1.jpg", "emil-2.jpg"),
    "Noor (sample)": ("noor-1.jpg", "noor-2.jpg"),
}


def read(file: str) -> bytes:
    found = finders.find(f"{FOLDER}/{file}")
    if found is None:
        raise FileNotFoundError(f"static/{FOLDER}/{file} is missing: install faceverify again.")
    return Path(str(found)).read_bytes()
