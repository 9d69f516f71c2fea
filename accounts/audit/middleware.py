"""Who is acting, for all that a request records, and who looked at what."""

from django.http import HttpRequest, HttpResponse

from . import context, services
from .shown import shown_by

SHOWN = (200, 206, 304)  # with 304 it was shown from the browser's memory


class AuditMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with context.acting_in(request):
            response = self.get_response(request)
            self._note(request, response)
        return response

    def _note(self, request: HttpRequest, response: HttpResponse) -> None:
        match = request.resolver_match
        if match is None or request.method != "GET" or response.status_code not in SHOWN:
            return
        shown = shown_by(match.view_name)
        acting = context.current()
        if shown is None or acting is None or acting.user is None:
            return
        id = match.kwargs.get("id") or match.kwargs.get("pk")
        which = match.kwargs.get("which")
        detail = {"which": which} if which else {}
        for account in (acting.user, *sorted(acting.owners - {acting.user})):
            services.looked(action=shown.action, account=account, object=(shown.kind, id), **detail)
