"""Who may use the console."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache

from accounts.models import User

View = Callable[..., HttpResponseBase]


class StaffRequest(HttpRequest):
    """A request of one of the staff."""

    user: User


def staff_page(view: View) -> View:
    """A view for staff alone. For others who are signed in there is nothing at this address."""

    @wraps(view)
    def staff_only(request: StaffRequest, *args, **kwargs):
        if not request.user.is_staff:
            raise Http404
        return view(request, *args, **kwargs)

    return never_cache(login_required(staff_only))
