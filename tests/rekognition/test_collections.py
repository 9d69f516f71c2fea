"""Collections as boto3 makes, lists and deletes them"""

import re
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from accounts.models import ApiKey
from tests.support.faces import make_face
from tests.support.rekognition import access_key, boto, code_of
from verification.gallery.galleries import create_gallery
from verification.gallery.models import Anchor, Gallery, Person

pytestmark = pytest.mark.django_db


def test_a_collection_is_a_gallery(rekognition, user):
    said = rekognition.create_collection(CollectionId="staff.2026_a-b")

    assert said["StatusCode"] == 200
    gallery = Gallery.objects.get(external_id="staff.2026_a-b")
    assert gallery.owner == user
    arn = rf"aws:rekognition:eu-central-1:{user.pk.hex}:collection/staff\.2026_a-b"
    assert re.fullmatch(arn, said["CollectionArn"])


def test_a_collection_is_described(rekognition, collection):
    rekognition.index_faces(CollectionId=collection, Image={"Bytes": make_face(0)})
    rekognition.create_user(CollectionId=collection, UserId="ada")

    said = rekognition.describe_collection(CollectionId=collection)

    assert (said["FaceCount"], said["UserCount"]) == (1, 1)
    assert abs(said["CreationTimestamp"] - datetime.now(UTC)) < timedelta(minutes=5)
    assert said["FaceModelVersion"]


def test_an_id_is_taken_once(rekognition, collection):
    with pytest.raises(ClientError) as refused:
        rekognition.create_collection(CollectionId=collection)

    assert code_of(refused) == "ResourceAlreadyExistsException"
    assert Gallery.objects.filter(external_id=collection).count() == 1


def test_deleting_a_collection_erases_its_faces_and_users(rekognition, collection):
    rekognition.index_faces(CollectionId=collection, Image={"Bytes": make_face(0)})
    rekognition.create_user(CollectionId=collection, UserId="ada")

    assert rekognition.delete_collection(CollectionId=collection)["StatusCode"] == 200

    assert not Anchor.all_objects.exists()
    assert not Person.all_objects.exists()
    with pytest.raises(ClientError) as refused:
        rekognition.describe_collection(CollectionId=collection)
    assert code_of(refused) == "ResourceNotFoundException"


def test_a_list_goes_on_where_it_stopped(rekognition):
    for number in range(5):
        rekognition.create_collection(CollectionId=f"c{number}")

    first = rekognition.list_collections(MaxResults=2)
    rekognition.delete_collection(CollectionId=first["CollectionIds"][0])
    rest = rekognition.get_paginator("list_collections").paginate(
        PaginationConfig={"PageSize": 2, "StartingToken": first["NextToken"]}
    )

    assert first["CollectionIds"] == ["c0", "c1"]
    assert [page["CollectionIds"] for page in rest] == [["c2", "c3"], ["c4"]]
    assert len(first["FaceModelVersions"]) == 2


def test_galleries_without_an_id_of_this_kind_are_no_collections(rekognition, user):
    create_gallery(owner=user, name="Family")
    create_gallery(owner=user, name="Odd", external_id="not a/collection")

    assert rekognition.list_collections()["CollectionIds"] == []


def test_collections_of_others_do_not_exist(rekognition, collection, stranger_rekognition):
    assert stranger_rekognition.list_collections()["CollectionIds"] == []
    with pytest.raises(ClientError) as refused:
        stranger_rekognition.delete_collection(CollectionId=collection)

    assert code_of(refused) == "ResourceNotFoundException"
    assert rekognition.list_collections()["CollectionIds"] == [collection]
    stranger_rekognition.create_collection(
        CollectionId=collection
    )  # the same id, of another account


def test_a_token_is_good_for_its_own_list_and_account(
    rekognition, collection, stranger_rekognition
):
    rekognition.create_collection(CollectionId="other")
    rekognition.create_user(CollectionId=collection, UserId="a")
    rekognition.create_user(CollectionId=collection, UserId="b")
    token = rekognition.list_collections(MaxResults=1)["NextToken"]
    of_users = rekognition.list_users(CollectionId=collection, MaxResults=1)["NextToken"]

    for ask in (
        lambda: stranger_rekognition.list_collections(NextToken=token),
        lambda: rekognition.list_users(CollectionId=collection, NextToken=token),
        lambda: rekognition.list_users(CollectionId="other", NextToken=of_users),
        lambda: rekognition.list_collections(NextToken=token[:-1]),
        lambda: rekognition.list_collections(NextToken="2"),
    ):
        with pytest.raises(ClientError) as refused:
            ask()
        assert code_of(refused) == "InvalidPaginationTokenException"


@pytest.mark.parametrize("id", ["", "a b", "a/b", "ä", "a\n", "x" * 256])
def test_a_bad_id_is_told(unchecked, id):
    with pytest.raises(ClientError) as refused:
        unchecked.create_collection(CollectionId=id)

    assert code_of(refused) == "InvalidParameterException"
    assert "CollectionId" in str(refused.value)
    assert not Gallery.objects.exclude(external_id="").exists()


@pytest.mark.parametrize("most", [-1, 4097, "many"])
def test_a_bad_number_of_results_is_told(unchecked, most):
    with pytest.raises(ClientError) as refused:
        unchecked.list_collections(MaxResults=most)

    assert code_of(refused) == "InvalidParameterException"


def test_a_key_that_is_bound_to_a_gallery_sees_that_one_alone(rekognition, collection, user, here):
    rekognition.create_collection(CollectionId="other")
    access = access_key(user)
    ApiKey.objects.filter(pk=ApiKey.objects.latest("created_at").pk).update(
        gallery=Gallery.objects.get(external_id=collection).pk
    )
    bound = boto(access)

    assert bound.list_collections()["CollectionIds"] == [collection]
    for ask in (
        lambda: bound.create_collection(CollectionId="new"),
        lambda: bound.delete_collection(CollectionId=collection),
    ):
        with pytest.raises(ClientError) as refused:
            ask()
        assert code_of(refused) == "AccessDeniedException"
