"""FACEVERIFY_STAFF_MFA: staff can do nothing before they have a second factor."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy

from faceverify.api.problems import CONTENT_TYPE, problem

from .services import has_factor

# Where a factor is set up, and signing out.
OPEN = ("/accounts/", "/health/", settings.STATIC_URL)
WHY = gettext_lazy("Staff of this site need a second factor. Set one up to go on.")


class StaffFactorMiddleware:
    """A program's key is not asked: it has scopes, and can be revoked."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.FACEVERIFY_STAFF_MFA and not request.path.startswith(OPEN) and _lacks(request):
            if request.path.startswith("/api/"):
                body = problem(403, "second_factor_required", str(WHY))
                return JsonResponse(body, status=403, content_type=CONTENT_TYPE)
            messages.warning(request, WHY)
            return redirect("mfa_index")
        return self.get_response(request)


def _lacks(request: HttpRequest) -> bool:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    user = request.user
    return user.is_authenticated and user.is_staff and not has_factor(user)
