"""Pages: the account, and the API keys of its owner's programs."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from . import selectors, services
from .forms import ApiKeyForm


@never_cache
@login_required
@require_GET
def account(request):
    return render(request, "accounts/account.html", {"section": "account"})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def api_keys(request):
    """The list; a POST makes a key and shows its secret in that one answer."""
    form = ApiKeyForm(request.POST if request.method == "POST" else None)
    made, secret, status = None, "", 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                made, secret = services.api_key_create(owner=request.user, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                form, status = ApiKeyForm(), 201
    context = {
        "section": "account",
        "form": form,
        "made": made,
        "secret": secret,
        "keys": selectors.api_key_list(owner=request.user),
    }
    return render(request, "accounts/api_keys.html", context, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def api_key_revoke(request, id):
    """GET asks, POST revokes."""
    key = selectors.api_key_get(owner=request.user, id=id)
    if request.method != "POST":
        return render(request, "accounts/confirm_revoke.html", {"key": key, "section": "account"})
    services.api_key_revoke(key=key)
    messages.success(request, f"The key “{key.name}” is revoked: no program can sign in with it.")
    return redirect("api_keys")
