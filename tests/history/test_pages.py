"""/history/"""

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from tests.support.people import person
from tests.support.rows import verification
from verification.gallery.galleries import create_gallery
from verification.history.views import PAGE_SIZE
from verification.models import Verification

URL = "/history/"

pytestmark = pytest.mark.django_db


def titles(client, **query) -> list[str]:
    page = client.get(URL, query)
    assert page.status_code == 200
    return re.findall(r'history__title"><a [^>]*>([^<]*)</a>', page.content.decode())


def day(d: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, d, hour, tzinfo=UTC)


@pytest.fixture
def one_of_each(user):
    """A comparison in every state and with every outcome, titled by it."""
    for outcome in ("match", "no_match", "inconclusive"):
        verification(user, "done", outcome=outcome, title=outcome)
    for state in ("pending", "running", "failed"):
        verification(user, state, title=state)
    verification(user, "refused", title="refused", refusal_code="no_face_found", refusal_faces=[])


def test_newest_first_and_named_by_title_or_file_names(owner, user):
    verification(user, "done", title="Second", created_at=day(2))
    verification(user, "done", probe_name="me.jpg", reference_name="id.png", created_at=day(3))
    verification(user, "done", title="First", created_at=day(1))

    assert titles(owner) == ["me.jpg and id.png", "Second", "First"]


def test_each_row_says_its_result_in_words(owner, one_of_each):
    page = owner.get(URL).content.decode()

    for words in ("Same person", "Different people", "Cannot tell", "Photo refused", "Failed"):
        assert re.search(rf"</svg>\s*{words}</span>", page)


@pytest.mark.parametrize(
    ("result", "found"),
    [
        ("match", {"match"}),
        ("no_match", {"no_match"}),
        ("inconclusive", {"inconclusive"}),
        ("waiting", {"pending", "running"}),
        ("refused", {"refused"}),
        ("failed", {"failed"}),
        ("", {"match", "no_match", "inconclusive", "pending", "running", "refused", "failed"}),
    ],
)
def test_filter_by_result(owner, one_of_each, result, found):
    assert set(titles(owner, result=result)) == found


def test_filter_by_day_takes_both_ends(owner, user):
    for d in (1, 2, 3, 4):
        verification(user, title=f"day {d}", created_at=day(d, 23))

    assert titles(owner, first="2026-03-02", last="2026-03-03") == ["day 3", "day 2"]
    assert titles(owner, first="2026-03-04") == ["day 4"]
    assert titles(owner, last="2026-03-01") == ["day 1"]


def test_search_looks_at_title_and_both_file_names_in_any_case(owner, user):
    verification(user, title="Passport check")
    verification(user, title="b", probe_name="PASSPORT.jpg")
    verification(user, title="c", reference_name="my passport 2.png")
    verification(user, title="d")

    assert titles(owner, q="passport") == ["c", "b", "Passport check"]


def test_search_takes_percent_signs_as_they_are(owner, user):
    verification(user, title="100% sure")
    verification(user, title="unsure")

    assert titles(owner, q="%") == ["100% sure"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"first": "yesterday"}, "Write the day as 2026-01-31."),
        ({"first": "2026-03-02", "last": "2026-03-01"}, "Choose a day that is not before"),
        ({"result": "nonsense"}, "Select a valid choice"),
    ],
)
def test_a_filter_that_cannot_be_read_is_told_at_its_field_and_kept(owner, user, query, says):
    verification(user)

    page = owner.get(URL, query | {"q": "keep me"}).content.decode()

    assert says in page
    assert "The filter needs a correction" in page
    assert 'value="keep me"' in page


def test_pages_keep_the_filter(owner, user):
    for n in range(PAGE_SIZE + 2):
        verification(user, title=f"a {n}")
    verification(user, title="other")

    first = owner.get(URL, {"q": "a "}).content.decode()
    assert f"{PAGE_SIZE + 2} comparisons, 1 to {PAGE_SIZE} shown" in first
    assert "?q=a+&amp;page=2" in first
    assert len(titles(owner, q="a ", page=2)) == 2


@pytest.mark.parametrize("page", ["0", "99", "x"])
def test_a_page_that_is_not_there_shows_one_that_is(owner, user, page):
    verification(user, title="one")

    assert titles(owner, page=page) == ["one"]


def test_nothing_yet_and_nothing_found_are_told_apart(owner, user):
    assert "Nothing compared yet" in owner.get(URL).content.decode()

    verification(user)

    assert "No comparison matches" in owner.get(URL, {"q": "zebra"}).content.decode()


@pytest.mark.parametrize("rows", [2, 50])
def test_the_number_of_queries_does_not_grow(owner, user, rows, django_assert_num_queries):
    template = verification(user, "done")
    Verification.objects.bulk_create(
        Verification(owner=user, title=f"{n}", probe_image=template.probe_image.name)
        for n in range(rows - 1)
    )

    with django_assert_num_queries(15):  # and each list of a filter
        owner.get(URL)


def test_a_stranger_sees_nothing_of_it(other, user):
    verification(user, title="private")

    assert titles(other) == []
    assert titles(other, q="private") == []


def test_anonymous_is_asked_to_sign_in(anonymous):
    assert anonymous.get(URL)["Location"] == f"{reverse('account_login')}?next={URL}"


def test_of_several_galleries_one_is_listed(owner, user):
    staff = create_gallery(owner=user, name="Staff")
    bea = person(user, "Bea", gallery=staff)
    verification(user, "done", title="among the staff", gallery=staff)
    verification(user, "done", title="with Bea", person=bea)
    verification(user, "done", title="elsewhere", person=person(user, "Ada"))

    assert set(titles(owner, gallery=str(staff.pk))) == {"among the staff", "with Bea"}
    assert '<option value="' + str(staff.pk) in owner.get(URL).text


def test_who_has_one_gallery_is_not_asked_which(owner, user):
    verification(user, "done", title="One")

    assert "All galleries" not in owner.get(URL).text


def test_a_gallery_of_somebody_else_is_no_choice(other, user):
    page = other.get(URL, {"gallery": str(create_gallery(owner=user, name="Staff").pk)})

    assert "Choose one of your galleries." in page.text
