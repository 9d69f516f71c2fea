"""Imports through the API, as the worker carries them out."""

from django.core.files.uploadedfile import SimpleUploadedFile

from verification.models import Anchor, GalleryImport
from verification.worker import tasks

URL = "/api/v1/imports/"


def sent(api, data: bytes, name: str = "people.zip"):
    return api.post(URL, {"archive": SimpleUploadedFile(name, data, "application/zip")})


def imported(api, data: bytes) -> dict:
    """An import after the worker has done all it can."""
    answer = sent(api, data)
    assert answer.status_code == 202, answer.content
    return worked(api, answer.json()["id"])


def worked(api, id: str) -> dict:
    for _turn in range(10):
        GalleryImport.objects.update(due_at=None)  # no pause between the turns
        tasks.import_a_gallery(id)
        for anchor in Anchor.objects.filter(state="pending"):
            tasks.embed(str(anchor.pk))
    answer = api.get(f"{URL}{id}/")
    assert answer.status_code == 200, answer.content
    return answer.json()
