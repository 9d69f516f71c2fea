"""Gathering unknown faces, in a worker."""

from .. import engine
from ..comparisons.models import Verification
from ..gallery.index import GalleryIndex, people_index
from ..gallery.worker import read
from ..jobs.claims import Claim, renew
from ..photos.storage import FileUnreadable
from .models import FaceGathering
from .selectors import Place, group_photos, unknown_places

MOST_PHOTOS = 200  # the newest
MOST_FACES = 600  # of all photos together
MOST_IN_A_PHOTO = 100  # as for a search, which gave the faces their numbers
SHOWN = 60  # groups


def gather(claim: Claim[FaceGathering]) -> bool:
    """Look through the newest group photos; faces of people who were added since are left out."""
    row = claim.row
    model = engine.served_model().sha256
    set_aside = {tuple(place) for place in row.set_aside}
    places: list[Place] = []
    faces: list[engine.ComparableFace] = []
    verdicts = list(group_photos(owner_id=row.owner_id)[:MOST_PHOTOS])
    for verdict in verdicts:
        if not renew(claim):
            return False
        wanted = [place for place in unknown_places(verdict) if tuple(place) not in set_aside]
        known = people_index(gallery_id=verdict.gallery_id, model_sha256=model)
        for place, face in _faces(verdict, wanted):
            if len(faces) < MOST_FACES and not _is_known(face, known):
                places.append(place)
                faces.append(face)
    numbers = {id: number for number, id in enumerate(dict.fromkeys(id for id, _ in places))}
    groups = engine.gather(faces, [numbers[id] for id, _index in places])
    return claim.end(
        FaceGathering.State.DONE,
        groups=[[places[number] for number in group] for group in groups[:SHOWN]],
        photos=len(verdicts),
    )


def _faces(verdict: Verification, wanted: list[Place]) -> list[tuple[Place, engine.ComparableFace]]:
    """Of a photo that is gone meanwhile, or cannot be read any more, none."""
    if not wanted:
        return []
    try:
        found = engine.faces_in(read(verdict.probe_image), max_faces=MOST_IN_A_PHOTO)
    except (FileNotFoundError, FileUnreadable, engine.ImageRefused, ValueError):
        return []
    return [(place, found[place[1]]) for place in wanted if place[1] in found]


def _is_known(face: engine.ComparableFace, known: GalleryIndex) -> bool:
    if not known.size:
        return False
    (best,) = engine.search_templates(face.embedding, known, limit=1)
    return best.decision.outcome == Verification.Outcome.MATCH
