"""What a program may do with its key.

A view names the scope that reading needs in `read_scope` and the one that writing needs in
`write_scope`; a tuple means any one of them. A view without them is refused to keys. People who
are signed in with a session may do everything that is theirs.
"""

from django.db.models import TextChoices
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission


class Scope(TextChoices):
    VERIFY = "verify", "Compare and identify photos"
    GALLERY_READ = "gallery:read", "See the gallery"
    GALLERY_WRITE = "gallery:write", "Change the gallery"
    HISTORY_READ = "history:read", "See earlier verdicts"
    ADMIN = "admin", "Manage API keys and webhooks"


# What a key may do when nothing else is said: all but handing out further keys.
USUAL = tuple(scope.value for scope in Scope if scope != Scope.ADMIN)


class MissingScope(PermissionDenied):
    """The key is good, but not for this. `members` tells a program which scope it lacks."""

    default_code = "missing_scope"

    def __init__(self, needed: tuple[str, ...]):
        if needed:
            names = " or ".join(f"“{scope}”" for scope in needed)
            super().__init__(f"This API key lacks the scope {names}.")
        else:
            super().__init__("This is not open to API keys: sign in instead.")
        self.members = {"required_scopes": list(needed)}


def scopes_of(view, method: str) -> tuple[str, ...]:
    """The scopes any one of which allows `method` on a view; empty when none does."""
    name = "read_scope" if method in SAFE_METHODS else "write_scope"
    needed = getattr(view, name, None) or ()
    return (needed,) if isinstance(needed, str) else tuple(needed)


class HasScope(BasePermission):
    """Lets a key pass that has the scope which the view names for the method."""

    def has_permission(self, request, view) -> bool:
        if request.auth is None:  # a session: IsAuthenticated decides
            return True
        needed = scopes_of(view, request.method)
        if not set(needed) & set(request.auth.scopes):
            raise MissingScope(needed)
        return True
