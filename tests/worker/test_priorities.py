"""Photos that come in numbers do not stand before comparisons, whether the queue is a folder or in Redis."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.servers import Site, eventually, redis_server, site

pytestmark = pytest.mark.server

QUEUE = """
from accounts.models import User
from tests.support.faces import make_face
from tests.support.people import person
from tests.support.submissions import submit_pair, submit_person
from verification.gallery.adding_photos import NewPhoto, photos_add
owner = User.objects.create_user("ada@example.org")
def comes(name, identity, photos):
    added = person(owner, name)
    data = [make_face(identity, n) for n in range(photos)]
    photos_add(person=added, photos=[NewPhoto(read=lambda d=d: d, file_name="a.jpg") for d in data])
    return added
"""
# What was begun, in this order, once all have ended.
BEGUN = """
from verification.models import Anchor, Verification
rows = [(row, row.person.name) for row in Anchor.objects.all()]
rows += [(row, "comparison") for row in Verification.objects.all()]
if all(row.is_finished for row, _name in rows):
    print(*(name for row, name in sorted(rows, key=lambda each: each[0].started_at)))
"""


@pytest.fixture(params=["folder", "redis"])
def place(request, tmp_path) -> Iterator[Site]:
    """Without a worker."""
    with ExitStack() as stack:
        redis = (
            {"REDIS_URL": stack.enter_context(redis_server())} if request.param == "redis" else {}
        )
        yield stack.enter_context(
            site(tmp_path, FACEVERIFY_REQUEUE_SECONDS="60", **redis)
        ).start_web()


def begun(place: Site) -> list[str]:
    place.start_worker()
    return eventually(lambda: place.ask(BEGUN).split(), "all of them")


def test_the_first_photo_is_looked_at_at_once_and_the_others_after_comparisons(place):
    place.ask(
        QUEUE
        + """
comes("Ada", 1, photos=6)
submit_pair(owner=owner, probe=make_face(1), reference=make_face(2))
"""
    )

    assert begun(place) == ["Ada", "comparison", *["Ada"] * 5]


def test_the_photos_of_somebody_who_is_compared_come_before_those_of_others(place):
    place.ask(
        QUEUE
        + """
comes("Bea", 2, photos=8)
submit_person(owner=owner, probe=make_face(1, 7), person=comes("Ada", 1, photos=3))
"""
    )

    people = [name for name in begun(place) if name != "comparison"]

    assert {*people[:2]} == {"Ada", "Bea"}
    # The worker may have taken the next two photos before the comparison has asked for hers.
    assert people[-5:] == ["Bea"] * 5
    assert (
        place.ask(
            "from verification.models import Verification; print(*Verification.objects.values_list('state', flat=True))"
        ).strip()
        == "done"
    )
