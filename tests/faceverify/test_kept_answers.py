"""What browsers and caches on the way may keep of an answer."""

import pytest
from django.urls import reverse

from tests.support.clients import program
from tests.support.embedded import known

pytestmark = pytest.mark.django_db


def test_what_does_not_say_how_long_it_may_be_kept_is_not_kept_at_all(client, user):
    client.force_login(user)

    for path in ("/accounts/password/change/", "/nothing/here/", "/history/"):
        assert "no-store" in client.get(path)["Cache-Control"]


def test_a_photo_stays_in_the_browser_for_minutes_and_leaves_it_at_sign_out(client, user):
    person = known(user, 1, photos=1)
    client.force_login(user)
    photo = person.anchors.get()

    kept = client.get(reverse("photo_image", args=[photo.pk, "crop"]))
    out = client.post(reverse("account_logout"))

    assert kept["Cache-Control"] == "private, max-age=600"
    assert out["Clear-Site-Data"] == '"cache"'
    assert "Clear-Site-Data" not in client.get("/accounts/login/")


def test_files_of_results_are_not_stored(user):
    from tests.support.things import make_things

    things = make_things(user)
    answer = program(user).get(f"/api/v1/batches/{things['ids']['batch']}/results.csv")

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
