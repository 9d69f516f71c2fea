"""DetectFaces and CompareFaces, as boto3 calls them"""

import pytest
from botocore.exceptions import ClientError

from tests.support.faces import group, make_face, no_face, to_jpeg, wall, wall_with
from tests.support.rekognition import code_of
from verification.comparisons.models import Verification
from verification.looks.models import Look

pytestmark = pytest.mark.django_db


def bytes_of(data: bytes) -> dict:
    return {"Bytes": data}


def test_every_face_is_told_the_largest_first(rekognition):
    photo = to_jpeg(wall_with([(0, 200, 100, 100), (1, 320, 600, 300)]))

    details = rekognition.detect_faces(Image=bytes_of(photo), Attributes=["ALL"])["FaceDetails"]

    assert len(details) == 2
    large, small = details
    assert large["BoundingBox"]["Width"] > small["BoundingBox"]["Width"]
    assert 0.5 < large["BoundingBox"]["Left"] < 0.77
    assert large["Confidence"] > 90
    eyes = {row["Type"]: row for row in large["Landmarks"]}
    assert eyes["eyeLeft"]["X"] < eyes["nose"]["X"] < eyes["eyeRight"]["X"]
    assert set(eyes) == {"eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight"}
    assert abs(large["Pose"]["Yaw"]) < 30
    assert 0 < large["Quality"]["Brightness"] < 100


def test_a_photo_without_a_face_has_no_details(rekognition):
    assert rekognition.detect_faces(Image=bytes_of(no_face()))["FaceDetails"] == []


def test_one_person_matches_and_others_do_not(rekognition):
    said = rekognition.compare_faces(
        SourceImage=bytes_of(make_face(1)), TargetImage=bytes_of(group((0, 0), (1, 1), (2, 0)))
    )

    (match,) = said["FaceMatches"]
    assert 99 < match["Similarity"] <= 99.99
    assert 0.33 < match["Face"]["BoundingBox"]["Left"] < 0.66
    assert len(said["UnmatchedFaces"]) == 2
    assert said["SourceImageFace"]["Confidence"] > 90


def test_a_threshold_of_zero_gives_every_face_and_one_of_100_the_surest(rekognition):
    photos = {
        "SourceImage": bytes_of(make_face(1)),
        "TargetImage": bytes_of(group((1, 0), (2, 0))),
    }

    every = rekognition.compare_faces(**photos, SimilarityThreshold=0)
    surest = rekognition.compare_faces(**photos, SimilarityThreshold=100)

    similarities = [match["Similarity"] for match in every["FaceMatches"]]
    assert similarities == sorted(similarities, reverse=True)
    assert len(similarities) == 2
    assert [match["Similarity"] for match in surest["FaceMatches"]] == [99.99]


def test_of_a_source_with_several_faces_the_largest_is_compared(rekognition):
    source = to_jpeg(wall_with([(0, 200, 100, 100), (1, 320, 600, 300)]))

    said = rekognition.compare_faces(
        SourceImage=bytes_of(source), TargetImage=bytes_of(make_face(1, 1))
    )

    assert len(said["FaceMatches"]) == 1


@pytest.mark.parametrize("faceless", ["SourceImage", "TargetImage"])
def test_both_photos_need_a_face(rekognition, faceless):
    photos = dict.fromkeys(("SourceImage", "TargetImage"), bytes_of(make_face(0)))

    with pytest.raises(ClientError) as refused:
        rekognition.compare_faces(**photos | {faceless: bytes_of(no_face())})

    assert code_of(refused) == "InvalidParameterException"
    assert "There are no faces in the image" in str(refused.value)


def test_a_face_that_is_too_poor_is_compared_unless_a_filter_is_asked_for(rekognition):
    tiny = wall(600, 400)
    tiny.paste(wall_with([(1, 300, 0, 0)], size=(300, 300)).resize((56, 56)), (200, 100))
    photos = {
        "SourceImage": bytes_of(make_face(1)),
        "TargetImage": bytes_of(to_jpeg(tiny)),
        "SimilarityThreshold": 0,
    }

    plain = rekognition.compare_faces(**photos)
    strict = rekognition.compare_faces(**photos, QualityFilter="AUTO")

    assert len(plain["FaceMatches"]) == 1
    assert strict["FaceMatches"] == strict["UnmatchedFaces"] == []


def test_nothing_is_stored(rekognition):
    rekognition.compare_faces(
        SourceImage=bytes_of(make_face(0)), TargetImage=bytes_of(make_face(1))
    )

    assert not Look.objects.exists()
    assert not Verification.objects.exists()


def test_a_request_that_no_worker_comes_to_may_be_sent_again(user):
    from tests.support.rekognition import access_key, boto

    with pytest.raises(ClientError) as refused:
        boto(access_key(user)).detect_faces(Image=bytes_of(make_face(0)))

    assert code_of(refused) == "ThrottlingException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({"SimilarityThreshold": 101}, "SimilarityThreshold"),
        ({"SimilarityThreshold": -1}, "SimilarityThreshold"),
        ({"QualityFilter": "BEST"}, "QualityFilter"),
        ({"TargetImage": {}}, "image"),
    ],
)
def test_a_bad_parameter_is_named(unchecked, parameters, names):
    photos = dict.fromkeys(("SourceImage", "TargetImage"), bytes_of(make_face(0)))

    with pytest.raises(ClientError) as refused:
        unchecked.compare_faces(**photos | parameters)

    assert code_of(refused) == "InvalidParameterException"
    assert names in str(refused.value)


def test_a_missing_photo_is_named(unchecked):
    with pytest.raises(ClientError) as refused:
        unchecked.compare_faces(SourceImage=bytes_of(make_face(0)))

    assert "TargetImage: This field is required." in str(refused.value)
