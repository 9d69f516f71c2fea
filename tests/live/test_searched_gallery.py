"""Everyone in a gallery before a camera: searched where all processes search, as the gallery is then."""

import pytest
from django.db import OperationalError

from tests.support.embedded import known
from tests.support.faces import group, make_face
from verification import engine
from verification.engine.live import Known, LiveCamera, LiveSubject
from verification.gallery.index import people_index
from verification.gallery.services import person_delete
from verification.live import subjects
from verification.live.subjects import SearchedGallery
from verification.models import Person

pytestmark = pytest.mark.django_db

ALL = 14  # frames until everyone in view is settled on


@pytest.fixture
def people(user) -> list[Person]:
    photos = {1: 1, 2: 2, 4: 1}
    return [known(user, who, photos=each, name=f"Person {who}") for who, each in photos.items()]


def camera_of(gallery=None, everyone=()) -> LiveCamera:
    return LiveCamera(LiveSubject("identify", everyone, gallery=gallery), started=0.0)


def show(camera: LiveCamera, frames: list[bytes], start: int = 0):
    for number, frame in enumerate(frames, start):
        answer = camera.take(frame, round(number / 6 * 1000), number / 6 + 0.05)
    return answer


def found(camera: LiveCamera) -> list:
    result = camera.finish(60.0).result
    assert result is not None
    return [(row.track, row.key, row.name, row.decision) for row in result.candidates]


def test_several_faces_have_the_candidates_and_decisions_of_a_search_of_everyone(people):
    gallery = people[0].gallery_id
    index = people_index(gallery_id=gallery, model_sha256=engine.served_model().sha256)
    names = {person.pk: person.name for person in people}
    everyone = tuple(
        Known(str(pk), names[pk], template, int(count))
        for part in index.parts()
        for pk, template, count in zip(part.ids, part.templates, part.counts, strict=True)
    )
    frames = [group((1, 0), (2, 0))] * ALL

    searched, listed = camera_of(SearchedGallery(gallery)), camera_of(None, everyone)
    faces = show(searched, frames).faces

    assert faces == show(listed, frames).faces
    assert {face.name for face in faces} == {people[0].name, people[1].name}
    assert found(searched) == found(listed)


def test_who_leaves_or_comes_while_the_camera_runs_is_seen(people, user):
    camera = camera_of(SearchedGallery(people[0].gallery_id))
    (face,) = show(camera, [make_face(1)] * ALL).faces
    assert (face.state, face.key) == ("match", str(people[0].pk))

    person_delete(person=people[0])
    (face,) = show(camera, [make_face(1)] * 3, ALL).faces
    assert (face.state, face.name) == ("unknown", "")

    again = known(user, 1)
    (face,) = show(camera, [make_face(1)] * 3, ALL + 3).faces
    assert (face.state, face.key) == ("match", str(again.pk))


def test_a_database_that_is_away_for_a_moment_ends_no_session(people, monkeypatch):
    gallery = SearchedGallery(people[0].gallery_id)
    assert gallery.size == 3

    def away(**_asked):
        raise OperationalError("the database is away")

    monkeypatch.setattr(subjects, "people_index", away)

    assert gallery.size == 3
    with pytest.raises(OperationalError):
        SearchedGallery(people[0].gallery_id).size  # noqa: B018  asked, not used
