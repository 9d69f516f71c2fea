"""What a program may do with its API key.

A view names the scope for reading in `read_scope`, the one for writing in `write_scope`, and the one
for DELETE in `delete_scope` where that is another; with a tuple, one of them is enough. A view without
scopes refuses keys. People who are signed in with a
session need no scope.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission


class Scope(TextChoices):
    VERIFY = "verify", gettext_lazy("Compare and identify photos")
    GALLERY_READ = "gallery:read", gettext_lazy("See the gallery")
    GALLERY_WRITE = "gallery:write", gettext_lazy("Change the gallery")
    EMBEDDINGS = "embeddings", gettext_lazy("Have faces as numbers, and send them in")
    HISTORY_READ = "history:read", gettext_lazy("See earlier verdicts")
    HISTORY_WRITE = "history:write", gettext_lazy("Delete earlier verdicts and reviews")
    AUDIT_READ = "audit:read", gettext_lazy("See who did and looked at what")
    ADMIN = "admin", gettext_lazy("Manage API keys, webhooks, downloads and erasures")


# The scopes of a new key by default: all but those that tell of or change the account itself, and that
# for numbers by which a face is recognised anywhere.
_RARE = (Scope.ADMIN, Scope.AUDIT_READ, Scope.EMBEDDINGS)
USUAL = tuple(scope.value for scope in Scope if scope not in _RARE)


class MissingScope(PermissionDenied):
    """The key is valid but lacks a scope, which `members` names."""

    default_code = "missing_scope"

    def __init__(self, needed: tuple[str, ...]):
        if needed:
            names = " or ".join(f"“{scope}”" for scope in needed)
            super().__init__(f"This API key lacks the scope {names}.")
        else:
            super().__init__("This cannot be used with an API key: sign in instead.")
        self.members = {"required_scopes": list(needed)}


def scopes_of(view, method: str) -> tuple[str, ...]:
    """The scopes of which one is enough for `method` on a view; empty if keys are refused."""
    needed = getattr(view, "read_scope" if method in SAFE_METHODS else "write_scope", None) or ()
    if method == "DELETE":
        needed = getattr(view, "delete_scope", None) or needed
    return (needed,) if isinstance(needed, str) else tuple(needed)


class KeyOfOneGallery(PermissionDenied):
    """The key is bound to a gallery, and what is asked for is more than that."""

    default_code = "key_of_one_gallery"
    default_detail = gettext_lazy("This API key is bound to one gallery, and this is about more.")


class OfOneGallery(BasePermission):
    """Lets keys that are bound to a gallery pass where the view shows and changes nothing else."""

    def has_permission(self, request, view) -> bool:
        if getattr(request.auth, "gallery", None) and not getattr(view, "of_one_gallery", False):
            raise KeyOfOneGallery
        return True


class HasScope(BasePermission):
    """Lets keys pass that have a scope which the view names for the method."""

    def has_permission(self, request, view) -> bool:
        if request.auth is None:  # a session: IsAuthenticated decides
            return True
        needed = scopes_of(view, request.method)
        if not set(needed) & set(request.auth.scopes):
            raise MissingScope(needed)
        return True
