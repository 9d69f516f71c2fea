"""Every kind of comparison. A new one is a file beside this one, and a line here."""

from ..models import Verification
from .base import Kind
from .group import GROUP
from .identify import IDENTIFY
from .live import LIVE
from .pair import PAIR
from .person import PERSON
from .photos import PHOTOS

KINDS: dict[str, Kind] = {kind.name: kind for kind in (PAIR, PERSON, IDENTIFY, PHOTOS, GROUP, LIVE)}

# As choices of a field.
CHOICES = [(kind.name, kind.label) for kind in KINDS.values()]


def kind_of(row: Verification) -> Kind:
    return KINDS[row.kind]
