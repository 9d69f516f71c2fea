"""Users as boto3 makes, fills, searches and deletes them"""

from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.support.faces import make_face, no_face, to_jpeg, wall_with
from tests.support.rekognition import code_of
from verification.gallery.models import Anchor, Person

pytestmark = pytest.mark.django_db


def image(data: bytes) -> dict:
    return {"Bytes": data}


class Users:
    """What the tests do in their collection."""

    def __init__(self, client, collection: str):
        self.client, self.collection = client, {"CollectionId": collection}

    def index(self, who: int, variation: int = 0) -> str:
        photo = image(make_face(who, variation))
        said = self.client.index_faces(**self.collection, Image=photo)
        return said["FaceRecords"][0]["Face"]["FaceId"]

    def make(self, id: str, *faces: str, **more) -> dict:
        self.client.create_user(**self.collection, UserId=id)
        return self.associate(id, *faces, **more) if faces else {}

    def associate(self, id: str, *faces: str, **more) -> dict:
        return self.client.associate_faces(
            **self.collection, UserId=id, FaceIds=list(faces), **more
        )

    def faces_of(self, id: str) -> list[str]:
        said = self.client.list_faces(**self.collection, UserId=id)
        return [face["FaceId"] for face in said["Faces"]]


@pytest.fixture
def users(rekognition, collection):
    return Users(rekognition, collection)


def test_a_user_is_a_person_of_the_gallery(users):
    users.make("ada:1")

    person = Person.objects.get()
    assert (person.external_id, person.name) == ("ada:1", "ada:1")
    listed = users.client.list_users(**users.collection)["Users"]
    assert listed == [{"UserId": "ada:1", "UserStatus": "ACTIVE"}]


def test_an_id_is_taken_once(users):
    users.make("ada")

    with pytest.raises(ClientError) as refused:
        users.make("ada")

    assert code_of(refused) == "ConflictException"
    assert Person.objects.count() == 1


def test_the_same_request_token_makes_a_user_once(users):
    for _ in range(2):
        users.client.create_user(**users.collection, UserId="ada", ClientRequestToken="t-1")

    with pytest.raises(ClientError) as refused:
        users.client.create_user(**users.collection, UserId="cleo", ClientRequestToken="t-1")

    assert code_of(refused) == "IdempotentParameterMismatchException"
    assert Person.objects.count() == 1


def test_users_are_listed_by_pages(users):
    for name in ("ada", "cleo", "emil"):
        users.make(name)

    pages = users.client.get_paginator("list_users").paginate(
        **users.collection, PaginationConfig={"PageSize": 2}
    )

    assert [[user["UserId"] for user in page["Users"]] for page in pages] == [
        ["ada", "cleo"],
        ["emil"],
    ]


def test_faces_of_one_person_are_associated(users):
    first, second = users.index(0), users.index(0, 1)

    said = users.make("ada", first)
    later = users.associate("ada", first, second)

    assert said["AssociatedFaces"] == [{"FaceId": first}]
    assert later["AssociatedFaces"] == [{"FaceId": first}, {"FaceId": second}]
    assert later["UserStatus"] == "ACTIVE"
    assert users.faces_of("ada") == [first, second]
    (face,) = users.client.list_faces(**users.collection, FaceIds=[first])["Faces"]
    assert face["UserId"] == "ada"


def test_a_face_of_somebody_else_is_left_alone_unless_the_threshold_is_zero(users):
    users.make("ada", users.index(0))
    cleo = users.index(1)

    said = users.associate("ada", cleo)
    forced = users.associate("ada", cleo, UserMatchThreshold=0)

    (left,) = said["UnsuccessfulFaceAssociations"]
    assert (left["FaceId"], left["Reasons"]) == (cleo, ["LOW_MATCH_CONFIDENCE"])
    assert left["Confidence"] < 75
    assert forced["AssociatedFaces"] == [{"FaceId": cleo}]


def test_what_cannot_be_associated_is_told_with_the_reason(users):
    ada, nobody = users.index(0), str(uuid4())
    users.make("ada", ada)

    said = users.make("cleo", ada, nobody)

    assert said["AssociatedFaces"] == []
    assert said["UnsuccessfulFaceAssociations"] == [
        {"FaceId": ada, "Reasons": ["ASSOCIATED_TO_A_DIFFERENT_USER"], "UserId": "ada"},
        {"FaceId": nobody, "Reasons": ["FACE_NOT_FOUND"]},
    ]


def test_disassociated_faces_stay_in_the_collection(users):
    ada, other = users.index(0), users.index(1)
    users.make("ada", ada)

    said = users.client.disassociate_faces(
        **users.collection, UserId="ada", FaceIds=[ada, other, str(uuid4())]
    )

    assert said["DisassociatedFaces"] == [{"FaceId": ada}]
    reasons = [row["Reasons"] for row in said["UnsuccessfulFaceDisassociations"]]
    assert reasons == [["FACE_NOT_FOUND"], ["FACE_NOT_FOUND"]]
    assert users.faces_of("ada") == []
    assert Anchor.objects.count() == 2


def test_faces_outlive_their_user(users):
    ada = users.index(0)
    users.make("ada", ada)

    users.client.delete_user(**users.collection, UserId="ada")

    (face,) = users.client.list_faces(**users.collection)["Faces"]
    assert face["FaceId"] == ada
    assert "UserId" not in face
    assert not Person.objects.exists()
    users.make("ada", ada)


def test_a_photo_finds_a_user_and_tells_the_other_faces(users):
    users.make("ada", users.index(1))
    users.make("cleo", users.index(0))
    photo = to_jpeg(wall_with([(0, 200, 100, 100), (1, 320, 600, 300)]))

    said = users.client.search_users_by_image(**users.collection, Image=image(photo))

    (match,) = said["UserMatches"]
    assert match["User"] == {"UserId": "ada", "UserStatus": "ACTIVE"}
    assert match["Similarity"] >= 80
    assert said["SearchedFace"]["FaceDetail"]["BoundingBox"]["Left"] > 0.5
    assert [row["Reasons"] for row in said["UnsearchedFaces"]] == [["FACE_NOT_LARGEST"]]


def test_a_face_and_a_user_find_users(users):
    ada, again = users.index(0), users.index(0, 1)
    users.make("ada", ada)
    users.make("ada-twice", again)

    by_face = users.client.search_users(**users.collection, FaceId=ada)
    by_user = users.client.search_users(**users.collection, UserId="ada")

    assert by_face["SearchedFace"] == {"FaceId": ada}
    assert {row["User"]["UserId"] for row in by_face["UserMatches"]} == {"ada", "ada-twice"}
    assert by_user["SearchedUser"] == {"UserId": "ada"}
    assert [row["User"]["UserId"] for row in by_user["UserMatches"]] == ["ada-twice"]


def test_a_user_without_faces_finds_nobody(users):
    users.make("ada")

    assert users.client.search_users(**users.collection, UserId="ada")["UserMatches"] == []


def test_a_search_by_a_photo_without_a_face_is_refused(users):
    with pytest.raises(ClientError) as refused:
        users.client.search_users_by_image(**users.collection, Image=image(no_face()))

    assert code_of(refused) == "InvalidParameterException"


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("delete_user", {"UserId": "nobody"}),
        ("list_faces", {"UserId": "nobody"}),
        ("search_users", {"UserId": "nobody"}),
        ("associate_faces", {"UserId": "nobody", "FaceIds": [str(uuid4())]}),
        ("disassociate_faces", {"UserId": "nobody", "FaceIds": [str(uuid4())]}),
    ],
)
def test_a_user_that_is_not_there_is_told_so(users, operation, parameters):
    with pytest.raises(ClientError) as refused:
        getattr(users.client, operation)(**users.collection, **parameters)

    assert code_of(refused) == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "parameters",
    [{}, {"UserId": "ada", "FaceId": str(uuid4())}, {"FaceId": "1"}, {"UserId": "a b"}],
)
def test_a_search_for_users_needs_one_thing_to_search_by(unchecked, collection, parameters):
    with pytest.raises(ClientError) as refused:
        unchecked.search_users(CollectionId=collection, **parameters)

    assert code_of(refused) == "InvalidParameterException"


def test_users_of_others_are_not_there(users, stranger_rekognition):
    users.make("ada")

    with pytest.raises(ClientError) as refused:
        stranger_rekognition.list_users(**users.collection)

    assert code_of(refused) == "ResourceNotFoundException"
