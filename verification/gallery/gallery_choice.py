"""Which gallery a page is about: it is asked only where somebody has several."""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils.http import urlencode
from django.utils.translation import gettext

from ..photos.requests import uuids
from .access import default_gallery, galleries_for
from .gallery_models import Gallery, Role

SHOWN = 200  # galleries in a list to choose from


@dataclass(frozen=True)
class GalleryChoice:
    """The gallery that is meant, and those that can be chosen, the default one first."""

    chosen: Gallery
    galleries: list[Gallery]
    user_id: UUID

    @property
    def is_needed(self) -> bool:
        return len(self.galleries) > 1

    @property
    def query(self) -> str:
        """What leads to the same gallery again, for an address; empty for the default one."""
        if self.chosen.is_default_for(self.user_id):
            return ""
        return "?" + urlencode({"gallery": str(self.chosen.pk)})


def gallery_choice(request: HttpRequest, role: str = Role.VIEWER) -> GalleryChoice:
    """By `gallery` in the form or the address, read once in a request. Raises Http404 for one in which
    the user lacks the role."""
    known: dict[str, GalleryChoice] = request.__dict__.setdefault("gallery_choices", {})
    if role not in known:
        known[role] = _choice(request, role)
    return known[role]


def _choice(request: HttpRequest, role: str) -> GalleryChoice:
    user = request.user
    assert user.is_authenticated
    found = galleries_for(user, role).select_related("owner")
    galleries = list(found[:SHOWN])
    asked = request.POST.get("gallery") or request.GET.get("gallery")
    if not asked:
        chosen = next((row for row in galleries if row.is_default_for(user.pk)), None)
        return GalleryChoice(chosen or default_gallery(user), galleries, user.pk)
    ids = uuids([asked])
    chosen = next((row for row in galleries if row.pk in ids), None)
    chosen = chosen or found.filter(pk__in=ids).first()
    if chosen is None:
        raise Http404(gettext("There is no such gallery."))
    return GalleryChoice(chosen, galleries, user.pk)
