"""Lines of an import's report, and to whom the files of a ZIP go by their folders."""

from ..gallery.gallery_models import NAME_LENGTH
from ..gallery.models import Person
from ..photos.zip_reader import Entry, FileRefused, Refusal
from ..text.sentences import sentence
from .layouts import nobodys
from .models import GalleryImport, ImportedFile

NAMESAKES = sentence("%(number)s people in the gallery are called %(name)s.")
RENAME_OR_MERGE = sentence("Rename one of them, or merge them, and import the ZIP again.")
WITHOUT_FOLDER = sentence("The photo lies in no folder, so it is not clear whom it shows.")
PUT_INTO_FOLDER = sentence("Put it into a folder with the person's name.")


def folder_of(entry: Entry) -> str:
    return "/".join(entry.parts[:-1])


def only(people: list[Person], line: ImportedFile) -> Person:
    if len(people) > 1:
        raise FileRefused(
            Refusal(
                Entry(line.number, line.path, ()),
                "name_ambiguous",
                NAMESAKES % {"number": len(people), "name": line.person_name},
                RENAME_OR_MERGE,
            )
        )
    return people[0]


def of_nobody(entry: Entry) -> Refusal | None:
    """A photo in a folder where another program keeps faces without names."""
    problem = nobodys(entry.parts[:-1])
    return Refusal(entry, *problem) if problem else None


def has_folder(entry: Entry) -> bool:
    return len(entry.parts) > 1 and bool(entry.parts[-2][:NAME_LENGTH].strip())


def without_folder(entry: Entry) -> Refusal:
    return Refusal(
        entry,
        "without_folder",
        WITHOUT_FOLDER,
        PUT_INTO_FOLDER,
    )


def refused_line(job: GalleryImport, refusal: Refusal) -> ImportedFile:
    parts = refusal.entry.parts
    return ImportedFile(
        job=job,
        number=refusal.entry.number,
        path=refusal.entry.path[:1000],
        person_name=parts[-2][:NAME_LENGTH] if len(parts) > 1 else "",
        outcome=ImportedFile.Outcome.REFUSED,
        code=refusal.code,
        detail=refusal.detail,
        remedy=refusal.remedy,
    )
