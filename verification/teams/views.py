"""Pages: who uses a gallery, and the galleries and invitations of others."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import reauthentication

from ..gallery.access import gallery_for, role_of
from ..gallery.gallery_models import Gallery, Role
from ..gallery.membership_models import Membership
from ..jobs.services import ActionNotAllowed
from ..photos.requests import SignedInRequest, uuids
from . import selectors, services
from .forms import InviteForm
from .handing_over import gallery_hand_over


@never_cache
@login_required
@require_GET
def teams(request: SignedInRequest) -> HttpResponse:
    """The galleries that others share with the user, and the invitations to more."""
    context = {
        "section": "account",
        "invitations": selectors.invitations_to(user=request.user),
        "memberships": selectors.memberships_of(user=request.user),
    }
    return render(request, "teams/teams.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Who uses a gallery; a POST of an owner's invites somebody."""
    gallery = gallery_for(request.user, id, _needed(request))
    form = InviteForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            services.invite(gallery=gallery, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        except ActionNotAllowed as error:
            messages.warning(request, str(error))
            return redirect("teams")
        else:
            told = gettext("%(email)s is invited. The invitation is open for %(days)s days.")
            email = form.cleaned_data["email"]
            messages.success(request, told % {"email": email, "days": services.INVITATION_DAYS})
            return redirect("team", id=gallery.pk)
    status = 422 if form.errors else 200
    return render(request, "teams/team.html", _context(request, gallery, form), status=status)


@login_required
@require_POST
def member_role(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Give a member another role."""
    gallery = gallery_for(request.user, id, Role.OWNER)
    role = request.POST.get("role", "")
    try:
        services.member_set_role(
            gallery=gallery, user_id=_named(request), role=role, by=request.user
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, gettext("The role is changed."))
    return redirect("team", id=gallery.pk)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def member_remove(request: SignedInRequest, id: UUID) -> HttpResponse:
    """GET asks, POST takes a member's access away."""
    gallery = gallery_for(request.user, id, Role.OWNER)
    member = _member(gallery, request)
    if request.method != "POST":
        context = {"section": "account", "gallery": gallery, "member": member}
        return render(request, "teams/confirm_remove.html", context)
    told = gettext("%(email)s cannot use the gallery any more.")
    with _told(request, told % {"email": member.user.email}):
        services.member_remove(gallery=gallery, user_id=member.user_id, by=request.user)
    return redirect("team", id=gallery.pk)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: SignedInRequest, id: UUID) -> HttpResponse:
    """GET asks, POST leaves a gallery of somebody else's."""
    gallery = gallery_for(request.user, id)
    if request.method != "POST":
        context = {"section": "account", "gallery": gallery}
        return render(request, "teams/confirm_leave.html", context)
    told = gettext("You have left the gallery %(name)s.")
    with _told(request, told % {"name": gallery.called}):
        services.member_remove(gallery=gallery, user_id=request.user.pk, by=request.user)
    return redirect("teams")


@login_required
@require_POST
def takes_over(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Agree to take a gallery over when its owner goes, or take that back."""
    gallery = gallery_for(request.user, id, Role.OWNER)
    agreed = request.POST.get("takes_over") == "yes"
    with _told(request, gettext("The changes are saved.")):
        services.member_agree(gallery=gallery, user=request.user, takes_over=agreed)
    return redirect("team", id=gallery.pk)


@never_cache
@reauthentication.required
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: SignedInRequest, id: UUID) -> HttpResponse:
    """GET asks, POST gives a gallery to a member who is an owner."""
    gallery = gallery_for(request.user, id, Role.OWNER)
    member = _member(gallery, request)
    if request.method != "POST":
        context = {"section": "account", "gallery": gallery, "member": member}
        return render(request, "teams/confirm_hand_over.html", context)
    told = gettext("The gallery belongs to %(email)s now. You are still one of its owners.")
    with _told(request, told % {"email": member.user.email}):
        gallery_hand_over(gallery=gallery, to=member.user, by=request.user)
    return redirect("team", id=gallery.pk)


@login_required
@require_POST
def invitation_withdraw(request: SignedInRequest, id: UUID) -> HttpResponse:
    gallery = gallery_for(request.user, id, Role.OWNER)
    chosen = uuids([request.POST.get("invitation", "")])
    invitation = selectors.invitation_list(gallery=gallery).filter(pk__in=chosen).first()
    if invitation is None:
        raise Http404("There is no such invitation.")
    with _told(request, gettext("The invitation is withdrawn.")):
        services.invitation_withdraw(invitation=invitation, by=request.user)
    return redirect("team", id=gallery.pk)


@login_required
@require_POST
def invitation_accept(request: SignedInRequest, id: UUID) -> HttpResponse:
    invitation = selectors.invitation_get(user=request.user, id=id)
    agreed = request.POST.get("takes_over") == "yes"
    told = gettext("You can use the gallery %(name)s now.")
    with _told(request, told % {"name": invitation.gallery.called}):
        services.invitation_accept(invitation=invitation, user=request.user, takes_over=agreed)
    return redirect("teams")


@login_required
@require_POST
def invitation_decline(request: SignedInRequest, id: UUID) -> HttpResponse:
    invitation = selectors.invitation_get(user=request.user, id=id)
    with _told(request, gettext("The invitation is declined.")):
        services.invitation_decline(invitation=invitation, user=request.user)
    return redirect("teams")


@contextmanager
def _told(request: HttpRequest, done: str) -> Iterator[None]:
    """Does what is inside, and tells the person that it is done, or why it was not."""
    try:
        yield
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, done)


def _needed(request: HttpRequest) -> str:
    return Role.OWNER if request.method == "POST" else Role.VIEWER


def _named(request: HttpRequest) -> UUID:
    """The account that the form or the link means. Raises Http404."""
    asked_for = request.POST if request.method == "POST" else request.GET
    for id in uuids([asked_for.get("member", "")]):
        return id
    raise Http404("There is no such member.")


def _member(gallery: Gallery, request: HttpRequest) -> Membership:
    member = selectors.member_list(gallery=gallery).filter(user=_named(request)).first()
    if member is None:
        raise Http404("There is no such member.")
    return member


def _context(request: SignedInRequest, gallery: Gallery, form: InviteForm) -> dict[str, Any]:
    role = role_of(user=request.user, gallery=gallery)
    is_owner = role == Role.OWNER
    members = list(selectors.member_list(gallery=gallery))
    own = next((each for each in members if each.user_id == request.user.pk), None)
    return {
        "section": "account",
        "gallery": gallery,
        "is_owner": is_owner,
        "belongs_to_user": gallery.owner_id == request.user.pk,
        "members": members,
        "own": own,
        "roles": Role.choices,
        "invitations": selectors.invitation_list(gallery=gallery) if is_owner else (),
        "form": form,
    }
