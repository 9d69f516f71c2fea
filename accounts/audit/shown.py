"""Which addresses show faces, verdicts or names, and of what; told by the rooms that serve them."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from .actions import Action


@dataclass(frozen=True)
class Shown:
    kind: str  # of the object whose id is in the address, or of all in a list
    action: Action = Action.LOOKED


@dataclass(frozen=True)
class ObjectKind:
    """How the log speaks of a kind of object, and where it can be looked at."""

    label: str | Promise
    model: str = ""  # of the application's models, "app.Model"
    page: str = ""  # the name of the address of one, with the argument `id`


_shown: dict[str, Shown] = {}
_kinds: dict[str, ObjectKind] = {
    "apikey": ObjectKind(gettext_lazy("API key")),
    "user": ObjectKind(gettext_lazy("Account")),
    "invitation": ObjectKind(gettext_lazy("Invitation")),
}


def register(*, views: Mapping[str, Shown], kinds: Mapping[str, ObjectKind]) -> None:
    """Args:
    views: by the name of the address (`view_name` of a resolver match).
    kinds: by the name that entries give.
    """
    _shown.update(views)
    _kinds.update(kinds)


def shown_by(view_name: str) -> Shown | None:
    return _shown.get(view_name)


def object_kind(name: str) -> ObjectKind:
    return _kinds.get(name) or ObjectKind(name.replace("_", " ").capitalize())
