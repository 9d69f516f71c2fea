"""/compare/"""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.support.photos import photo
from verification.engine import MAX_BYTES
from verification.models import Verification

URL = "/compare/"

pytestmark = pytest.mark.django_db


def form(probe: bytes | None = None, reference: bytes | None = None, **more) -> dict:
    return {
        "probe": SimpleUploadedFile("me.jpg", photo(1) if probe is None else probe),
        "reference": SimpleUploadedFile("pass.jpg", photo(2) if reference is None else reference),
        "false_match_rate": "0.001",
        "title": "",
        **more,
    }


def key_on(page) -> str:
    return re.findall(r'name="submission_key" value="([^"]+)"', page.content.decode())[0]


def test_the_page_says_which_photos_work(owner):
    text = owner.get(URL).content.decode()

    assert "JPEG, PNG, WebP" in text
    assert "20 MB" in text
    assert "HEIC" in text


def test_the_page_is_never_kept_by_a_cache_so_that_each_visit_has_its_own_key(owner):
    first, second = owner.get(URL), owner.get(URL)

    assert "no-store" in first["Cache-Control"]
    assert key_on(first) != key_on(second)


def test_the_number_of_queries_is_fixed(owner, django_assert_num_queries):
    owner.get(URL)  # the first request of a session notes it

    # Session, user, worker, recorded model, strictness; and how far the first steps are.
    with django_assert_num_queries(12):
        owner.get(URL)


def test_the_setting_of_the_last_comparison_is_chosen_again_on_every_form(owner):
    owner.post(URL, form(false_match_rate="0.0001"))

    for url in (URL, "/compare/many/", "/identify/", "/identify/group/", "/batches/"):
        assert re.search(r'value="0.0001" checked', owner.get(url).content.decode()), url


def test_a_setting_that_the_model_does_not_offer_any_more_is_not_chosen(owner):
    owner.post(URL, form())
    Verification.objects.update(false_match_rate=1e-6)

    assert re.search(r'value="0.001" checked', owner.get(URL).content.decode())


def test_two_photos_become_a_verification(owner, user):
    answer = owner.post(URL, form(title="Front desk", false_match_rate="0.0001"))

    row = Verification.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == reverse("verification_detail", args=[row.pk])
    assert (row.owner, row.source, row.state) == (user, "web", "pending")
    assert (row.title, row.false_match_rate) == ("Front desk", 1e-4)
    assert (row.probe_name, row.reference_name) == ("me.jpg", "pass.jpg")


def test_a_script_gets_the_place_instead_of_a_redirect(owner):
    answer = owner.post(URL, form(), headers={"Accept": "application/json"})

    row = Verification.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {"location": reverse("verification_detail", args=[row.pk])}


def test_a_double_click_makes_one_verification(owner):
    key = key_on(owner.get(URL))

    first = owner.post(URL, form(submission_key=key))
    second = owner.post(URL, form(submission_key=key))

    assert first["Location"] == second["Location"]
    assert Verification.objects.count() == 1


def test_other_photos_with_the_key_of_a_page_gone_back_to_are_another_verification(owner):
    key = key_on(owner.get(URL))

    owner.post(URL, form(submission_key=key))
    owner.post(URL, form(probe=photo(3), submission_key=key))

    assert Verification.objects.count() == 2


@pytest.mark.parametrize(
    ("which", "data", "says"),
    [
        ("probe", b"", "The file is empty. Choose the photo again."),
        ("reference", b"hello", "JPEG, PNG, WebP"),
        ("probe", photo(1, size=(400, 300))[:4000], "Copy or upload the original file again."),
        ("reference", b"\0\0\0\x18ftypisom" + bytes(40), "The file is not a photo"),
        ("reference", b"\0\0\0\x18ftypheic" + bytes(40), "Use another copy of it."),
        ("probe", bytes(MAX_BYTES + 1), "larger than 20 MB"),
    ],
    ids=["empty", "not a photo", "truncated", "film", "damaged HEIC", "too large"],
)
def test_a_bad_photo_is_told_at_its_field_and_the_rest_is_kept(owner, which, data, says):
    page = owner.post(URL, form(**{which: data}, title="Keep me", false_match_rate="0.01"))

    assert page.status_code == 422
    text = page.content.decode()
    error = re.findall(rf'id="{which}-error"[^>]*>(.*?)</div>', text, re.S)[0]
    assert says in error
    other = "reference" if which == "probe" else "probe"
    assert re.search(rf'id="{other}-error"[^>]* hidden>', text)
    assert 'value="Keep me"' in text
    assert re.search(r'value="0.01" checked', text)
    assert not Verification.objects.exists()


def test_a_script_gets_the_errors_by_field(owner):
    answer = owner.post(URL, form(reference=b"hello"), headers={"Accept": "application/json"})

    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert list(errors) == ["reference"]
    assert "These formats work" in errors["reference"][0]
    assert not Verification.objects.exists()


def test_missing_photos_are_asked_for(owner):
    answer = owner.post(URL, {"false_match_rate": "0.001"}, headers={"Accept": "application/json"})

    assert answer.json()["errors"] == {
        "probe": ["Choose a photo."],
        "reference": ["Choose a photo."],
    }


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("false_match_rate", "0.5", "Choose one of the settings."),
        ("false_match_rate", "", "Choose how strict the comparison should be."),
        ("title", "x" * 201, "Use a title of at most 200 characters."),
    ],
)
def test_a_bad_option_is_told_at_its_field(owner, field, value, says):
    answer = owner.post(URL, form(**{field: value}), headers={"Accept": "application/json"})

    assert answer.json()["errors"] == {field: [says]}
    assert not Verification.objects.exists()


def test_without_a_worker_the_page_says_so(owner):
    assert "No worker is running at the moment" in owner.get(URL).content.decode()


def test_anonymous_is_asked_to_sign_in_and_nothing_is_stored(anonymous):
    seen, sent = anonymous.get(URL), anonymous.post(URL, form())

    assert seen["Location"] == sent["Location"] == f"{reverse('account_login')}?next={URL}"
    assert not Verification.objects.exists()


def test_a_form_from_another_site_is_turned_away(user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)

    page = client.post(URL, form())

    assert page.status_code == 403
    assert "This form is out of date" in page.content.decode()
    assert not Verification.objects.exists()
