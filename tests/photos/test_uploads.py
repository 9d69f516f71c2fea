"""What is kept of an upload, and of whose."""

import io
from wsgiref.types import WSGIEnvironment

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory

from tests.support.photos import photo
from verification.photos.uploads import LimitedMemoryUploadHandler

pytestmark = pytest.mark.django_db

PAGES = [
    "/compare/", "/identify/", "/compare/many/", "/identify/group/", "/batches/",
    "/people/import/", "/people/6f1c2cf0-7a55-4d3a-9d3f-6a2f5a4f7c11/photos/",
]  # fmt: skip
TOKEN = "a" * 32
FORM = f"""\
--limit\r
Content-Disposition: form-data; name="csrfmiddlewaretoken"\r
\r
{TOKEN}\r
--limit\r
Content-Disposition: form-data; name="archive"; filename="a.zip"\r
Content-Type: application/zip\r
\r
"""


class CountedBody(io.BytesIO):
    """The body of a request, which counts what is read of it."""

    count = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


@pytest.mark.parametrize("page", PAGES)
def test_of_somebody_who_is_not_signed_in_no_upload_is_read(page):
    body = CountedBody(FORM.encode() + bytes(8 * 2**20) + b"\r\n--limit--\r\n")
    browser = Client(enforce_csrf_checks=True)
    browser.cookies["csrftoken"] = TOKEN
    environ: WSGIEnvironment = {
        "CONTENT_TYPE": "multipart/form-data; boundary=limit",
        "CONTENT_LENGTH": str(len(body.getvalue())),
        "wsgi.input": body,
    }

    answer = browser.generic("POST", page, **environ)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert body.count < 2**20


def test_of_somebody_who_is_signed_in_it_is_kept(user):
    request = RequestFactory().post("/", {"probe": SimpleUploadedFile("a.jpg", photo(1))})
    request.user = user
    request.upload_handlers = [LimitedMemoryUploadHandler(request)]

    assert request.FILES.getlist("probe")[0].read() == photo(1)
