"""What the frame of every page needs to know: where in the site it is."""

from typing import Any

from django.http import HttpRequest

from . import __version__

# Pages of libraries, and those for everybody, name no section themselves.
ACCOUNT_AREA = ("/account/", "/accounts/", "/privacy/", "/receipts/")


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of every template. It asks no database: the page about an outage has it, too."""
    path = request.path_info
    return {
        "section": "account" if path.startswith(ACCOUNT_AREA) else "",
        "is_account_page": path == "/account/",
        "version": __version__,
    }
