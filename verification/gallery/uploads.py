"""The photos of a form, added to a person or to a gallery."""

from django.core.files.uploadedfile import UploadedFile

from ..engine import ImageRefused
from ..text.sentences import said
from . import services
from .forms import PhotosForm
from .gallery_models import Gallery
from .models import Anchor, Person


def photos_add_of(
    form: PhotosForm, *, person: Person | None = None, gallery: Gallery | None = None
) -> list[tuple[UploadedFile, Anchor | None, str]]:
    """Of each file of a valid form its photo; or None, and what is wrong with it."""
    files = form.cleaned_data["photos"]
    problems = [form.problem(file) for file in files]
    photos = [
        services.NewPhoto(file.read, file.name)
        for file, problem in zip(files, problems, strict=True)
        if not problem
    ]
    answers = iter(services.photos_add(person=person, gallery=gallery, photos=photos))
    told: list[tuple[UploadedFile, Anchor | None, str]] = []
    for file, problem in zip(files, problems, strict=True):
        answer = problem or next(answers)
        if isinstance(answer, Anchor):
            told.append((file, answer, ""))
        elif isinstance(answer, ImageRefused):
            told.append((file, None, f"{said(answer.detail)} {said(answer.remedy)}".strip()))
        else:
            told.append((file, None, str(answer)))
    return told
