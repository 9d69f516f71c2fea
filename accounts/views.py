"""Pages: the account, and the API keys of its owner's programs."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from . import access_keys, reauthentication, selectors, services
from .factors.services import has_factor
from .forms import ApiKeyForm, RotateForm


@never_cache
@login_required
@require_GET
def account(request):
    context = {"section": "account", "has_factor": has_factor(request.user)}
    return render(request, "accounts/account.html", context)


@never_cache
@reauthentication.required_to_change
@require_http_methods(["GET", "HEAD", "POST"])
def api_keys(request):
    """The list of keys; POST creates a key, and its answer alone shows the secret."""
    form = ApiKeyForm(request.POST if request.method == "POST" else None, user=request.user)
    if not form.is_bound:
        return _keys(request, form)
    if form.is_valid():
        try:
            made, secret = services.api_key_create(owner=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _keys(
                request, ApiKeyForm(user=request.user), made=made, secret=secret, status=201
            )
    return _keys(request, form, status=422)


@never_cache
@reauthentication.required
@require_http_methods(["GET", "HEAD", "POST"])
def api_key_rotate(request, id):
    """GET asks how long the old key shall keep working; POST shows the new one's secret once."""
    key = selectors.api_key_get(owner=request.user, id=id)
    form, status = RotateForm(request.POST if request.method == "POST" else None), 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                made, secret = services.api_key_rotate(key=key, **form.cleaned_data)
            except services.KeyNotActive as error:
                messages.error(request, str(error))
                return redirect("api_keys")
            except ValidationError as error:
                form.add_error(None, "; ".join(error.messages))
            else:
                return _keys(
                    request, ApiKeyForm(user=request.user), made=made, secret=secret, status=201
                )
    context = {"key": key, "form": form, "section": "account"}
    return render(request, "accounts/rotate_key.html", context, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def api_key_revoke(request, id):
    """GET asks, POST revokes."""
    key = selectors.api_key_get(owner=request.user, id=id)
    if request.method != "POST":
        return render(request, "accounts/confirm_revoke.html", {"key": key, "section": "account"})
    services.api_key_revoke(key=key)
    messages.success(
        request,
        gettext("The key “%(name)s” is revoked. No program can sign in with it.")
        % {"name": key.name},
    )
    return redirect("api_keys")


def _keys(request, form, *, made=None, secret: str = "", status: int = 200):
    context = {
        "section": "account",
        "form": form,
        "made": made,
        "secret": secret,
        "access": access_keys.pair_of(made) if made else None,
        "keys": selectors.api_key_list(owner=request.user),
    }
    return render(request, "accounts/api_keys.html", context, status=status)
