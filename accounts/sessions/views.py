"""/account/sessions/"""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from . import selectors, services


@never_cache
@login_required
@require_GET
def sessions(request):
    found = selectors.session_list(request=request, user=request.user)
    return render(request, "accounts/sessions.html", {"section": "account", "sessions": found})


@login_required
@require_POST
def session_end(request, id: int):
    """Nobody is asked who they are: ending a session protects."""
    if not services.session_end(user=request.user, id=id):
        raise Http404("There is no such session, or it has ended.")
    messages.success(request, gettext("That session is signed out."))
    return redirect("sessions")


@login_required
@require_POST
def sessions_end_others(request):
    services.sessions_end_others(request=request, user=request.user)
    messages.success(request, gettext("You are signed out everywhere but here."))
    return redirect("sessions")


@login_required
@require_POST
def sessions_end_all(request):
    services.sessions_end_all(user=request.user, request=request)
    messages.success(request, gettext("You are signed out everywhere."))
    return redirect("account_login")
