"""Faces as boto3 indexes, lists, searches and deletes them"""

from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.support.faces import group, make_face, no_face, to_jpeg, wall, wall_with
from tests.support.rekognition import code_of
from verification.gallery.models import Anchor

pytestmark = pytest.mark.django_db


def image(data: bytes) -> dict:
    return {"Bytes": data}


@pytest.fixture
def index(rekognition, collection):
    """Index the faces of a photo; their ids."""

    def run(data: bytes, **more) -> list[str]:
        said = rekognition.index_faces(CollectionId=collection, Image=image(data), **more)
        return [record["Face"]["FaceId"] for record in said["FaceRecords"]]

    return run


@pytest.fixture
def search(rekognition, collection):
    def run(data: bytes, **more) -> list[str]:
        said = rekognition.search_faces_by_image(CollectionId=collection, Image=image(data), **more)
        return [match["Face"]["FaceId"] for match in said["FaceMatches"]]

    return run


def test_each_face_of_a_photo_is_indexed_the_largest_first(rekognition, collection):
    photo = to_jpeg(wall_with([(0, 200, 100, 100), (1, 320, 600, 300)]))

    said = rekognition.index_faces(
        CollectionId=collection, Image=image(photo), ExternalImageId="door:1.jpg"
    )

    large, small = said["FaceRecords"]
    for name in ("BoundingBox", "Confidence"):
        assert large["Face"][name] == large["FaceDetail"][name]
    assert large["Face"]["BoundingBox"]["Width"] > small["Face"]["BoundingBox"]["Width"]
    assert large["Face"]["ImageId"] == small["Face"]["ImageId"]
    assert large["Face"]["FaceId"] != small["Face"]["FaceId"]
    assert large["Face"]["ExternalImageId"] == "door:1.jpg"
    assert said["UnindexedFaces"] == []
    assert Anchor.objects.filter(person=None, state="ready").count() == 2


def test_more_faces_than_asked_for_are_told_apart(rekognition, collection):
    photo = to_jpeg(wall_with([(0, 200, 100, 100), (1, 320, 600, 300)]))

    said = rekognition.index_faces(CollectionId=collection, Image=image(photo), MaxFaces=1)

    (record,) = said["FaceRecords"]
    assert record["Face"]["BoundingBox"]["Left"] > 0.5
    assert [row["Reasons"] for row in said["UnindexedFaces"]] == [["EXCEEDS_MAX_FACES"]]


def test_a_face_that_is_too_poor_is_not_indexed_unless_every_face_is_wanted(
    rekognition, collection
):
    photo = wall(600, 400)
    photo.paste(wall_with([(1, 300, 0, 0)], size=(300, 300)).resize((56, 56)), (200, 100))

    given = {"CollectionId": collection, "Image": image(to_jpeg(photo))}
    said = rekognition.index_faces(**given)

    assert said["FaceRecords"] == []
    assert len(said["UnindexedFaces"]) == 1
    assert not Anchor.objects.exists()
    assert len(rekognition.index_faces(**given, QualityFilter="NONE")["FaceRecords"]) == 1


def test_a_photo_without_a_face_adds_nothing(rekognition, collection):
    said = rekognition.index_faces(CollectionId=collection, Image=image(no_face()))

    assert said["FaceRecords"] == said["UnindexedFaces"] == []


def test_the_same_photo_with_the_same_name_is_indexed_once(index, rekognition, collection):
    first = index(make_face(0), ExternalImageId="a")
    rekognition.create_user(CollectionId=collection, UserId="ada")
    rekognition.associate_faces(CollectionId=collection, UserId="ada", FaceIds=first)

    again = index(make_face(0), ExternalImageId="a")
    other = index(make_face(0), ExternalImageId="b")

    assert again == first
    assert other != first
    assert Anchor.objects.count() == 2


def test_what_was_indexed_is_found_at_once(index, search, rekognition, collection):
    ada, _cleo = index(make_face(0), ExternalImageId="ada"), index(make_face(1))

    said = rekognition.search_faces_by_image(
        CollectionId=collection, Image=image(make_face(0, 1)), FaceMatchThreshold=90, MaxFaces=1
    )

    (match,) = said["FaceMatches"]
    assert match["Face"]["FaceId"] == ada[0]
    assert match["Face"]["ExternalImageId"] == "ada"
    assert match["Similarity"] >= 90
    assert said["SearchedFaceConfidence"] > 90
    assert said["SearchedFaceBoundingBox"]["Width"] > 0.2
    assert search(make_face(2)) == []


def test_a_threshold_of_zero_gives_every_face_in_falling_order(index, rekognition, collection):
    for number in range(3):
        index(make_face(number))

    said = rekognition.search_faces_by_image(
        CollectionId=collection, Image=image(make_face(1, 1)), FaceMatchThreshold=0
    )

    similarities = [match["Similarity"] for match in said["FaceMatches"]]
    assert len(similarities) == 3
    assert similarities == sorted(similarities, reverse=True)


def test_of_several_faces_the_largest_is_searched(index, search):
    index(make_face(0))
    cleo = index(make_face(1))

    assert search(to_jpeg(wall_with([(0, 200, 100, 100), (1, 320, 600, 300)]))) == cleo


def test_an_empty_collection_has_no_matches(search):
    assert search(make_face(0)) == []


def test_a_search_needs_a_face(rekognition, collection):
    with pytest.raises(ClientError) as refused:
        rekognition.search_faces_by_image(CollectionId=collection, Image=image(no_face()))

    assert code_of(refused) == "InvalidParameterException"
    assert "There are no faces in the image" in str(refused.value)


def test_a_face_finds_those_like_it_and_not_itself(index, rekognition, collection):
    (ada,) = index(make_face(0))
    (again,) = index(make_face(0, 1))
    index(make_face(1))

    said = rekognition.search_faces(CollectionId=collection, FaceId=ada, FaceMatchThreshold=80)

    assert said["SearchedFaceId"] == ada
    assert [match["Face"]["FaceId"] for match in said["FaceMatches"]] == [again]


def test_a_face_that_is_not_there_cannot_be_searched_for(rekognition, collection):
    with pytest.raises(ClientError) as refused:
        rekognition.search_faces(CollectionId=collection, FaceId=str(uuid4()))

    assert code_of(refused) == "InvalidParameterException"


def test_faces_are_listed_by_pages_and_by_their_ids(index, rekognition, collection):
    ids = [index(make_face(number))[0] for number in range(3)]

    pages = rekognition.get_paginator("list_faces").paginate(
        CollectionId=collection, PaginationConfig={"PageSize": 2}
    )
    listed = [[face["FaceId"] for face in page["Faces"]] for page in pages]
    some = rekognition.list_faces(CollectionId=collection, FaceIds=ids[1:])["Faces"]

    assert listed == [ids[:2], ids[2:]]
    assert [face["FaceId"] for face in some] == ids[1:]
    assert rekognition.list_faces(CollectionId=collection, MaxResults=0)["Faces"] == []


def test_a_token_of_another_filter_is_refused(index, rekognition, collection):
    ids = [index(make_face(number))[0] for number in range(2)]
    token = rekognition.list_faces(CollectionId=collection, MaxResults=1)["NextToken"]

    with pytest.raises(ClientError) as refused:
        rekognition.list_faces(CollectionId=collection, NextToken=token, FaceIds=ids)

    assert code_of(refused) == "InvalidPaginationTokenException"


def test_deleted_faces_are_not_found_any_more(index, search, rekognition, collection):
    (ada,) = index(make_face(0))
    nobody = str(uuid4())

    said = rekognition.delete_faces(CollectionId=collection, FaceIds=[ada, nobody])

    assert said["DeletedFaces"] == [ada]
    assert said["UnsuccessfulFaceDeletions"] == [{"FaceId": nobody, "Reasons": ["FACE_NOT_FOUND"]}]
    assert search(make_face(0)) == []
    assert index(make_face(0)) != [ada]


def test_a_face_of_a_user_is_not_deleted(index, rekognition, collection):
    ada = index(make_face(0))
    rekognition.create_user(CollectionId=collection, UserId="ada")
    rekognition.associate_faces(CollectionId=collection, UserId="ada", FaceIds=ada)

    said = rekognition.delete_faces(CollectionId=collection, FaceIds=ada)

    assert "DeletedFaces" not in said
    assert said["UnsuccessfulFaceDeletions"] == [
        {"FaceId": ada[0], "Reasons": ["ASSOCIATED_TO_AN_EXISTING_USER"], "UserId": "ada"}
    ]
    assert Anchor.objects.count() == 1


def test_a_crowd_is_indexed_whole(index, search):
    ids = index(group(*((number, 0) for number in range(6))))

    assert len(set(ids)) == 6
    assert len(search(make_face(3, 1), MaxFaces=4096)) == 1


@pytest.mark.parametrize(
    "parameters",
    [
        {"ExternalImageId": "a b"},
        {"ExternalImageId": "a/b"},
        {"MaxFaces": 0},
        {"QualityFilter": "ANY"},
        {"CollectionId": "a b"},
    ],
)
def test_a_bad_parameter_is_named(unchecked, collection, parameters):
    given = {"CollectionId": collection, "Image": image(make_face(0))}

    with pytest.raises(ClientError) as refused:
        unchecked.index_faces(**given | parameters)

    assert code_of(refused) == "InvalidParameterException"
    assert next(iter(parameters)) in str(refused.value)
    assert not Anchor.objects.exists()


def test_ids_that_are_none_are_told(unchecked, collection):
    with pytest.raises(ClientError) as refused:
        unchecked.delete_faces(CollectionId=collection, FaceIds=["1", "face"])

    assert code_of(refused) == "InvalidParameterException"


def test_faces_of_others_are_not_there(index, stranger_rekognition, collection):
    ada = index(make_face(0))
    stranger_rekognition.create_collection(CollectionId=collection)

    said = stranger_rekognition.delete_faces(CollectionId=collection, FaceIds=ada)

    assert said["UnsuccessfulFaceDeletions"][0]["Reasons"] == ["FACE_NOT_FOUND"]
    assert Anchor.objects.count() == 1
