"""The page that an invitation's link leads to."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from . import selectors, services
from .pages import not_valid


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request, token: str):
    """GET shows what the invitation is for, and remembers it in the browser's session: reading
    alone uses nothing up. POST makes the user who is signed in an administrator."""
    found = selectors.invitation_find(token=token)
    state = selectors.state_now(found) if found is not None else "unknown"
    if found is None or state != "open":
        request.session.pop(selectors.SESSION, None)
        return not_valid(request, state)
    user = request.user
    fits = user.is_authenticated and found.email in ("", user.email.lower())
    if request.method == "POST" and found.staff and fits:
        try:
            services.invitation_use(id=found.pk, user=user)
        except services.InvitationNotValid as error:
            return not_valid(request, error.state)
        messages.success(request, gettext("You are an administrator of this site now."))
        return redirect("account")
    if not user.is_authenticated:
        request.session[selectors.SESSION] = str(found.pk)
        if found.mailed_at:  # see allauth's adapter, is_email_verified
            request.session["account_verified_email"] = found.email
    context = {
        "invitation": found,
        "fits": fits,
        "login_url": reverse("account_login") + "?" + urlencode({"next": request.path}),
    }
    return render(request, "accounts/invitation.html", context)
