"""The way to the provider and back; allauth's views, with an answer for whatever goes wrong there."""

import structlog
from allauth.socialaccount.providers.openid_connect import views
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from requests import RequestException

logger = structlog.get_logger(__name__)

# No answer, an error as the answer, no JSON, or JSON without what has to be in it.
FAILURES = (RequestException, ValueError, KeyError, TypeError, AttributeError)


def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """GET asks, POST leads to the provider.

    Not by a redirect: browsers hold a form, and all redirects after it, to the `form-action` of the
    content security policy, which cannot name every address that a provider may lead on to.
    """
    try:
        answer = views.login(request, provider_id=provider_id)
    except FAILURES as error:
        return _failed(request, error)
    if isinstance(answer, HttpResponseRedirect) and "://" in answer.url:
        return render(request, "socialaccount/login_redirect.html", {"redirect_to": answer.url})
    return answer


def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        return views.callback(request, provider_id=provider_id)
    except FAILURES as error:
        return _failed(request, error)


def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.warning("openid_sign_in_failed", error=type(error).__name__)
    return render(request, "socialaccount/authentication_error.html", {"away": True}, status=503)
