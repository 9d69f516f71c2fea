"""What a page says of an invitation that cannot be used."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def not_valid(request: HttpRequest, state: str) -> HttpResponse:
    """`state` is one of `services.InvitationNotValid`, "closed" or "unknown"."""
    status = 404 if state == "unknown" else 410
    return render(request, "accounts/invitation_not_valid.html", {"state": state}, status=status)
