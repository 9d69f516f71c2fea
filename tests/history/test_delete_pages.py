"""POST /history/delete/"""

import uuid

import pytest
from django.urls import reverse

from tests.support.rows import files_of, verification
from verification.models import Verification

URL = "/history/delete/"

pytestmark = pytest.mark.django_db


def test_it_asks_first_and_names_what_is_deleted(owner, user):
    rows = [verification(user, title="one"), verification(user, title="two")]

    page = owner.post(URL, {"ids": [row.pk for row in rows], "next": "/history/?q=o"})

    text = page.content.decode()
    assert "Delete 2 entries?" in text
    assert "one" in text and "two" in text
    assert 'name="next" value="/history/?q=o"' in text
    assert Verification.objects.count() == 2


def test_confirmed_it_deletes_the_chosen_ones_and_goes_back_to_the_filter(
    owner, user, django_capture_on_commit_callbacks
):
    gone = [verification(user, "done"), verification(user)]
    kept = verification(user)

    with django_capture_on_commit_callbacks(execute=True):
        answer = owner.post(
            URL, {"ids": [r.pk for r in gone], "confirmed": "yes", "next": "/history/?q=o"}
        )

    assert answer["Location"] == "/history/?q=o"
    assert list(Verification.objects.all()) == [kept]
    assert [bool(files_of(row)) for row in (*gone, kept)] == [False, False, True]
    page = owner.get("/history/").content.decode()
    assert "2 comparisons and their photos are deleted." in page


@pytest.mark.parametrize("ids", [[], ["nonsense"], [str(uuid.uuid4())]])
def test_nothing_chosen_is_told(owner, user, ids):
    verification(user)

    page = owner.post(URL, {"ids": ids, "confirmed": "yes"}, follow=True)

    assert "Select at least one entry to delete." in page.content.decode()
    assert Verification.objects.count() == 1


def test_it_leads_to_no_other_site(owner, user):
    row = verification(user)

    answer = owner.post(URL, {"ids": [row.pk], "confirmed": "yes", "next": "https://evil.example/"})

    assert answer["Location"] == reverse("history")


def test_a_stranger_deletes_nothing(other, user):
    row = verification(user)

    other.post(URL, {"ids": [row.pk], "confirmed": "yes"})

    assert list(Verification.objects.all()) == [row]
    assert files_of(row)


def test_anonymous_deletes_nothing(anonymous, user):
    row = verification(user)

    answer = anonymous.post(URL, {"ids": [row.pk], "confirmed": "yes"})

    assert answer["Location"].startswith(reverse("account_login"))
    assert list(Verification.objects.all()) == [row]


def test_a_link_alone_deletes_nothing(owner, user):
    verification(user)

    assert owner.get(URL).status_code == 405
    assert Verification.objects.count() == 1
