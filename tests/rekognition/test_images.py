"""The photo of a request: its bytes, or the name of a file in a folder of the operator's"""

import base64
import os

import pytest
from botocore.exceptions import ClientError

from tests.support.faces import make_face
from tests.support.rekognition import code_of
from verification.rekognition.errors import AwsError
from verification.rekognition.images import MOST_BYTES, photo_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def bucket(tmp_path, settings):
    """A folder that stands for the bucket `photos`, with a photo in it, and one beside it."""
    folder = tmp_path / "photos"
    (folder / "2026").mkdir(parents=True)
    (folder / "2026" / "a face.jpg").write_bytes(make_face(0))
    (tmp_path / "secret.jpg").write_bytes(make_face(1))
    settings.FACEVERIFY_S3_FOLDERS = {"photos": folder}
    return folder


def object_of(name: str, bucket: str = "photos", **more) -> dict:
    return {"S3Object": {"Bucket": bucket, "Name": name, **more}}


def refusal(image: dict) -> str:
    with pytest.raises(AwsError) as refused:
        photo_of(image)
    return refused.value.code


def test_an_object_of_a_mapped_bucket_is_a_file_in_its_folder(rekognition, bucket):
    said = rekognition.detect_faces(Image=object_of("2026/a face.jpg"))

    assert len(said["FaceDetails"]) == 1


@pytest.mark.parametrize(
    "name",
    [
        "missing.jpg",
        "2026",
        "../secret.jpg",
        "2026/../../secret.jpg",
        "/etc/hostname",
        "2026//a face.jpg",
        "./2026/a face.jpg",
        "2026/a face.jpg/",
        "\udcff.jpg",
    ],
)
def test_nothing_else_is_read(bucket, name):
    assert refusal(object_of(name)) in ("InvalidS3ObjectException", "InvalidParameterException")


def test_links_are_not_followed(bucket):
    (bucket / "link.jpg").symlink_to(bucket.parent / "secret.jpg")
    (bucket / "outside").symlink_to(bucket.parent)

    assert refusal(object_of("link.jpg")) == "InvalidS3ObjectException"
    assert refusal(object_of("outside/secret.jpg")) == "InvalidS3ObjectException"


def test_a_pipe_is_no_photo_and_nobody_waits_for_it(bucket):
    os.mkfifo(bucket / "pipe.jpg")

    assert refusal(object_of("pipe.jpg")) == "InvalidS3ObjectException"


def test_other_buckets_and_versions_are_not_there(bucket):
    assert refusal(object_of("a.jpg", bucket="others")) == "InvalidS3ObjectException"
    assert refusal(object_of("2026/a face.jpg", Version="1")) == "InvalidS3ObjectException"


def test_without_a_mapped_folder_there_are_no_objects(rekognition):
    with pytest.raises(ClientError) as refused:
        rekognition.detect_faces(Image=object_of("a.jpg"))

    assert code_of(refused) == "InvalidS3ObjectException"


@pytest.mark.parametrize(
    ("image", "code"),
    [
        ({}, "InvalidParameterException"),
        ({"Bytes": None}, "InvalidParameterException"),
        ({"Bytes": "AAAA", "S3Object": {}}, "InvalidParameterException"),
        ({"Bytes": "not base64!"}, "SerializationException"),
        ({"Bytes": "AAA"}, "SerializationException"),
        ({"Bytes": 7}, "SerializationException"),
        ({"Bytes": ""}, "InvalidImageFormatException"),
        ({"S3Object": "photos/a.jpg"}, "SerializationException"),
        ({"S3Object": {"Name": "a.jpg"}}, "InvalidParameterException"),
        ({"S3Object": {"Bucket": "photos"}}, "InvalidParameterException"),
        ({"S3Object": {"Bucket": "photos", "Name": "a\0.jpg"}}, "InvalidParameterException"),
    ],
)
def test_what_is_no_image_is_told_so(bucket, image, code):
    assert refusal(image) == code


def test_bytes_are_limited_as_those_of_the_interface(rekognition):
    largest = {"Bytes": base64.b64encode(bytes(MOST_BYTES)).decode()}
    assert len(photo_of(largest)) == MOST_BYTES

    with pytest.raises(ClientError) as refused:
        rekognition.detect_faces(Image={"Bytes": make_face(0) + bytes(MOST_BYTES)})

    assert code_of(refused) == "ImageTooLargeException"


def test_two_photos_of_five_megabytes_are_taken(rekognition):
    photo = make_face(0)
    large = {"Bytes": photo + bytes(MOST_BYTES - len(photo))}

    said = rekognition.compare_faces(SourceImage=large, TargetImage=large)

    assert len(said["FaceMatches"]) == 1


@pytest.mark.parametrize("data", [b"no photo", make_face(0)[:2000], b"GIF89a"])
def test_a_damaged_photo_is_told_so(rekognition, data):
    with pytest.raises(ClientError) as refused:
        rekognition.detect_faces(Image={"Bytes": data})

    assert code_of(refused) == "InvalidImageFormatException"
