"""Folders in which other programs keep photos of people, and those that show nobody in particular."""

from collections.abc import Sequence

from ..text.sentences import sentence

NOBODYS = sentence("%(name)s keeps faces without a name in this folder.")
NAME_THEM = sentence("Give the face a name there, then import again.")

Problem = tuple[str, str, str]


def nobodys(folders: Sequence[str]) -> Problem | None:
    """Why a photo in these folders, one within the other, is nobody's: (code, detail, remedy).

    Frigate keeps faces that it has not been told about in `faces/train/`, and those of people in
    `faces/<name>/`. Double Take keeps what it was taught in `.storage/train/<name>/`, and beside it all that it
    has seen.
    """
    if tuple(folders[-2:]) == ("faces", "train"):
        return "face_without_name", NOBODYS % {"name": "Frigate"}, NAME_THEM
    if ".storage" in folders:
        below = folders[folders.index(".storage") + 1 :]
        if len(below) < 2 or below[0] != "train":
            return "face_without_name", NOBODYS % {"name": "Double Take"}, NAME_THEM
    return None
