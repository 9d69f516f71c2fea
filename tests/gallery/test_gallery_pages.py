"""Pages of several galleries; who has one sees nothing of them."""

import pytest
from django.urls import reverse

from tests.support.people import anchor, person, upload, words
from tests.support.photos import photo
from verification.gallery import galleries, services
from verification.gallery.access import default_gallery
from verification.models import Anchor, Gallery, GalleryExport, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def choir(user) -> Gallery:
    return galleries.create_gallery(owner=user, name="Choir")


@pytest.mark.parametrize(
    "page", ["people", "person_add", "imports", "exports", "calibration", "identify"]
)
def test_a_page_asks_for_the_gallery_only_where_there_are_several(owner, user, page):
    person(user)
    alone = owner.get(reverse(page)).content.decode()
    galleries.create_gallery(owner=user, name="Choir")
    several = owner.get(reverse(page)).content.decode()

    assert 'name="gallery"' not in alone
    assert 'name="gallery"' in several and "Choir" in several


def test_a_gallery_is_made_named_and_deleted_with_what_was_counted(owner, user):
    owner.post(reverse("galleries"), {"name": "Choir", "external_id": "c"})
    choir = Gallery.objects.get(name="Choir")
    bea = services.person_create(owner=user, gallery=choir, name="Bea")
    anchor(bea)
    owner.post(reverse("gallery", args=[choir.pk]), {"name": "Band", "external_id": "c"})
    choir.refresh_from_db()
    assert choir.called == "Band"

    asked = owner.get(reverse("gallery_delete", args=[choir.pk]))
    assert "1 person, 1 photo" in words(asked)
    person_added = services.person_create(owner=user, gallery=choir, name="Cy")
    owner.post(reverse("gallery_delete", args=[choir.pk]), {"counted": "1+1"})
    assert Person.objects.filter(pk=person_added.pk).exists()
    owner.post(reverse("gallery_delete", args=[choir.pk]), {"counted": "2+1"})
    assert not Gallery.objects.filter(is_default=False).exists()
    assert not Person.all_objects.exists() and not Anchor.all_objects.exists()


def test_a_gallery_without_a_name_is_refused(owner, user):
    answer = owner.post(reverse("galleries"), {"name": "  "})

    assert answer.status_code == 422 and "Give a name" in words(answer)
    assert Gallery.objects.count() == 1


def test_people_of_another_gallery_are_on_its_page_and_go_there_and_back(owner, user, choir):
    ada = person(user, "Ada")
    bea = services.person_create(owner=user, gallery=choir, name="Bea")
    there = f"{reverse('people')}?gallery={choir.pk}"
    assert "Bea" not in words(owner.get(reverse("people")))
    assert "Bea" in words(owner.get(there)) and "Ada" not in words(owner.get(there))

    form = {"ids": [str(ada.pk)], "action": "move", "to": str(choir.pk)}
    assert owner.post(reverse("people_selected"), form)["Location"] == there
    ada.refresh_from_db()
    assert ada.gallery == choir
    home = default_gallery(user)
    form = {
        "everyone": "yes", "gallery": str(choir.pk), "action": "copy", "to": str(home.pk),
    }  # fmt: skip
    owner.post(reverse("people_selected"), form)
    assert set(Person.objects.filter(gallery=home).values_list("name", flat=True)) == {"Ada", "Bea"}
    assert Person.objects.filter(pk=bea.pk, gallery=choir).exists()


def test_an_export_is_of_the_gallery_that_was_chosen(owner, user, choir):
    owner.post(reverse("exports"), {"gallery": str(choir.pk)})

    assert GalleryExport.objects.get().gallery == choir


def test_faces_without_a_name_are_added_looked_at_named_and_deleted(owner, user, choir):
    page = reverse("nameless", args=[choir.pk])
    owner.post(page, {"photos": [upload(1), upload(2)]})
    first, second = Anchor.objects.filter(person=None).order_by("created_at")
    assert "Faces without a name" in words(owner.get(page))
    assert owner.get(reverse("photo", args=[first.pk])).status_code == 200

    chosen = owner.post(page, {"ids": [str(first.pk)], "action": "name"})
    assert owner.get(chosen["Location"]).status_code == 200
    owner.post(reverse("nameless_name", args=[choir.pk]), {"ids": [str(first.pk)], "name": "Bea"})
    first.refresh_from_db()
    assert first.person is not None
    assert (first.person.name, first.person.gallery) == ("Bea", choir)

    owner.post(page, {"ids": [str(second.pk)], "action": "delete"})
    assert not Anchor.objects.filter(person=None).exists()


def test_nobody_else_sees_a_gallery(other, choir):
    services.anchor_add(gallery=choir, data=photo(1))

    for page in ("gallery", "gallery_delete", "nameless", "nameless_name"):
        assert other.get(reverse(page, args=[choir.pk])).status_code == 404
    for page in ("people", "imports", "calibration", "identify"):
        assert other.get(f"{reverse(page)}?gallery={choir.pk}").status_code == 404
