"""A stored photo as the answer to a page's request for it."""

from django.http import HttpResponse

# A page shows the same photos again and again; at sign-out the browser has to forget them, see
# faceverify/middleware.py.
KEPT_SECONDS = 600


def image_response(data: bytes) -> HttpResponse:
    """The answer with a JPEG, which only the user's own browser may keep."""
    response = HttpResponse(data, content_type="image/jpeg")
    response["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
    return response
