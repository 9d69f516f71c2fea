"""Imports from other programs, which are only read."""

import io
import zipfile
from datetime import UTC, datetime
from unittest import mock

import botocore.auth
import botocore.credentials
import pytest
from botocore.awsrequest import AWSRequest
from django.core.management import CommandError, call_command

from accounts.models import ApiKey
from tests.support.faces import make_face, no_face
from tests.support.imports import imported, worked
from tests.support.peers import KEY, compreface, image_id, peer, rekognition
from tests.support.people import person
from tests.support.servers import postgres_server
from verification.gallery.galleries import create_gallery
from verification.gallery_io.sources.aws import Credentials, signed
from verification.models import Anchor, GalleryImport, Person
from verification.photos.storage import private_files

pytestmark = pytest.mark.django_db

URL = "/api/v1/imports/compreface/"
PEOPLE: dict[str, list[bytes | None]] = {
    "Ada / the first": [make_face(0), make_face(0, 1)],
    "Bea": [make_face(1), None],
    "Cy": [],
}


@pytest.fixture
def allowed(settings):
    settings.FACEVERIFY_IMPORT_HOSTS = ["127.0.0.1"]


def asked_for(api, url: str, key: str = KEY):
    return api.post(URL, {"address": url, "api_key": key}, format="json")


def brought(api, url: str, key: str = KEY) -> dict:
    answer = asked_for(api, url, key)
    assert answer.status_code == 202, answer.content
    return worked(api, answer.json()["id"])


def by_command(api, user, *arguments: object) -> dict:
    call_command("import_people", *map(str, arguments), "--owner", user.email, stdout=io.StringIO())
    return worked(api, str(GalleryImport.objects.get().pk))


def report(api, job: dict) -> dict[str, str]:
    """{the path of each file: what became of it}"""
    lines = api.get(f"/api/v1/imports/{job['id']}/files/").json()["results"]
    return {line["path"]: line["code"] or line["outcome"] for line in lines}


def people() -> dict[str, int]:
    return {person.name: person.anchors.count() for person in Person.objects.all()}


def test_subjects_and_photos_of_a_running_compreface(api, allowed):
    with peer(compreface(PEOPLE)) as there:
        job = brought(api, there.url)

    assert (job["state"], job["source"], job["total"]) == ("done", "compreface", 4)
    assert job["progress"] == {"added": 3, "present": 0, "refused": 1, "looking": 0}
    assert people() == {"Ada / the first": 2, "Bea": 1, "Cy": 0}
    missing = f"Bea/{image_id('Bea', 1)}.jpg"
    assert report(api, job)[missing] == "photo_missing"
    assert set(Anchor.objects.values_list("state", flat=True)) == {"ready"}
    assert {method for method, _path in there.asked} == {"GET"}


def test_nothing_of_the_key_stays(api, allowed):
    with peer(compreface(PEOPLE)) as there:
        job = brought(api, there.url)

    folder = GalleryImport.objects.get(pk=job["id"]).folder
    assert list(private_files().names(folder)) == []


def test_importing_again_adds_nothing_twice(api, allowed):
    with peer(compreface(PEOPLE)) as there:
        brought(api, there.url)
        again = brought(api, there.url)

    assert again["progress"]["present"] == 3
    assert people() == {"Ada / the first": 2, "Bea": 1, "Cy": 0}


def test_a_key_of_one_gallery_imports_into_that_one(api, user, allowed):
    gallery = create_gallery(owner=user, name="Visitors")
    ApiKey.objects.update(gallery=gallery.pk)

    with peer(compreface(PEOPLE)) as there:
        brought(api, there.url)

    assert {person.gallery for person in Person.objects.all()} == {gallery}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (compreface({}), "source_empty"),
        (compreface(PEOPLE, key="another"), "source_key_refused"),
        (lambda *_request: (200, b"<html>"), "source_unknown"),
        (lambda *_request: (200, b"[]"), "source_unknown"),
        (lambda *_request: (302, b""), "source_unknown"),
        (lambda *_request: (500, b"{}"), "source_unknown"),
    ],
    ids=["empty", "another key", "a page", "a list", "elsewhere", "broken"],
)
def test_a_server_that_is_none_or_takes_no_key(api, allowed, answer, code):
    with peer(answer) as there:
        job = brought(api, there.url)

    assert (job["state"], job["refusal"]["code"]) == ("refused", code)
    assert job["refusal"]["remedy"]
    assert people() == {}


def test_a_server_that_does_not_answer(api, allowed):
    with peer(compreface(PEOPLE)) as there:
        gone = there.url

    assert brought(api, gone)["refusal"]["code"] == "source_not_reached"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://10.0.0.1:8000", "source_not_allowed"),
        ("http://localhost:5432", "source_not_allowed"),
        ("file:///etc/passwd", "source_address_invalid"),
        ("https://user:password@faces.example.org", "source_address_invalid"),
        ("https://faces.example.org/?a=b", "source_address_invalid"),
        ("faces", "source_address_invalid"),
    ],
)
def test_an_address_that_is_none_or_not_allowed(api, address, code):
    answer = asked_for(api, address)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not GalleryImport.objects.exists()


def test_a_name_that_leads_into_the_own_network_is_not_asked(api, monkeypatch):
    monkeypatch.setattr(
        "verification.outbound.connections.look_up", lambda *_name: ["127.0.0.1", "8.8.8.8"]
    )

    job = brought(api, "https://faces.example.org")

    assert job["refusal"]["code"] == "source_not_allowed"


def test_a_folder_with_a_folder_for_each_person(api, user, tmp_path):
    for path, photo in {
        "Ada/one.jpg": make_face(0),
        "Bea/x/Bea/two.webp": make_face(1),
        "nobody.jpg": make_face(2),
        "Ada/words.txt": b"hello",
    }.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(photo)
    (tmp_path / "Ada" / "link.jpg").symlink_to("/etc/passwd")

    create_gallery(owner=user, name="Visitors")
    job = by_command(api, user, "folder", tmp_path, "--gallery", "Visitors")

    assert {person.gallery.name for person in Person.objects.all()} == {"Visitors"}
    told = report(api, job)
    assert people() == {"Ada": 1, "Bea": 1}
    assert told["Ada/link.jpg"] == "not_a_file"
    assert told["Ada/words.txt"] == "not_an_image"
    assert [code for path, code in told.items() if path.endswith("nobody.jpg")] == ["name_missing"]


@pytest.mark.parametrize(
    ("kind", "named", "unnamed"),
    [
        ("double-take", ".storage/train/Ada/one.jpg", ".storage/matches/two.jpg"),
        ("frigate", "clips/faces/Ada/one.jpg", "clips/faces/train/two.jpg"),
    ],
)
def test_folders_of_other_programs_as_a_folder_and_as_a_zip(
    api, user, tmp_path, kind, named, unnamed
):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for path, photo in ((named, make_face(0)), (unnamed, make_face(1))):
            file.writestr(path, photo)
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(photo)

    sent = imported(api, archive.getvalue())
    assert report(api, sent) == {named: "added", unnamed: "face_without_name"}
    GalleryImport.objects.all().delete()
    found = by_command(api, user, kind, tmp_path)

    assert found["progress"]["present"] == 1
    assert people() == {"Ada": 1}


def test_a_collection_of_rekognition_joined_with_its_photos(api, user, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    for path, photo in {
        "Bea Smith/bea 1.jpg": make_face(1),
        "ada.jpg": make_face(0),
        "empty.jpg": no_face(),
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(photo)
    faces = [
        {"FaceId": "1", "ExternalImageId": "ada.jpg", "UserId": "ada-77"},
        {"FaceId": "2", "ExternalImageId": "bea_1.jpg"},
        {"FaceId": "3", "ExternalImageId": "gone.jpg"},
        {"FaceId": "4"},
        {"FaceId": "5", "ExternalImageId": "empty.jpg"},
    ]

    with peer(rekognition(faces)) as there:
        job = by_command(api, user, "rekognition", "people", tmp_path, "--endpoint-url", there.url)

    assert people() == {"ada-77": 1, "Bea Smith": 1, "empty": 1}
    assert sorted(report(api, job).values()) == [
        "added",
        "added",
        "no_face_found",
        "photo_missing",
        "photo_unnamed",
    ]


@pytest.mark.parametrize("token", ["", "token"])
def test_requests_to_amazon_are_signed_as_its_own_client_does(token):
    address, body = "https://rekognition.eu-west-1.amazonaws.com", b'{"CollectionId": "people"}'
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "RekognitionService.ListFaces",
    }
    now = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
    secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    ours = signed(
        address,
        body,
        headers,
        credentials=Credentials("AKIDEXAMPLE", secret, token),
        region="eu-west-1",
        now=now,
    )

    theirs = AWSRequest("POST", f"{address}/", headers=headers, data=body)
    known = botocore.credentials.Credentials("AKIDEXAMPLE", secret, token or None)
    with mock.patch("botocore.auth.get_current_datetime", return_value=now.replace(tzinfo=None)):
        botocore.auth.SigV4Auth(known, "rekognition", "eu-west-1").add_auth(theirs)

    assert ours["authorization"] == theirs.headers["Authorization"]


@pytest.mark.server
@pytest.mark.postgres
def test_a_dump_of_compreface_in_a_spare_database(api, user):
    import psycopg

    with postgres_server() as url:
        with psycopg.connect(url) as database:
            _dump(database)
        job = by_command(api, user, "compreface-database", url)
        with pytest.raises(CommandError, match="cannot be read"):
            by_command(api, user, "compreface-database", url.replace("/postgres", "/nothing"))

    assert people() == {"Ada": 1, "Bea": 0, "Cy": 0}
    assert sorted(report(api, job).values()) == ["added", "photo_not_kept"]


def _dump(database) -> None:
    """The tables of its version 1, with a photo that two networks have seen, and one not kept."""
    database.execute(
        """
        CREATE TABLE subject (id uuid PRIMARY KEY, api_key varchar(36), subject_name varchar(255));
        CREATE TABLE img (id uuid PRIMARY KEY, content bytea);
        CREATE TABLE embedding (id uuid PRIMARY KEY, subject_id uuid, embedding float8[],
            calculator varchar(255), img_id uuid);
        INSERT INTO subject SELECT gen_random_uuid(), 'key', name
            FROM unnest(ARRAY['Ada', 'Bea', 'Cy']) AS name;
        """
    )
    database.execute("INSERT INTO img VALUES (gen_random_uuid(), %s)", [make_face(0)])
    for calculator in ("a", "b"):
        database.execute(
            "INSERT INTO embedding SELECT gen_random_uuid(), s.id, NULL, %s, i.id "
            "FROM subject s, img i WHERE s.subject_name = 'Ada'",
            [calculator],
        )
    database.execute(
        "INSERT INTO embedding SELECT gen_random_uuid(), id, NULL, 'a', NULL "
        "FROM subject WHERE subject_name = 'Bea'"
    )


def test_a_command_says_what_is_wrong(tmp_path, user):
    with pytest.raises(CommandError, match="no account"):
        call_command("import_people", "folder", str(tmp_path), "--owner", "nobody@example.org")
    with pytest.raises(CommandError, match="no such folder"):
        call_command("import_people", "folder", str(tmp_path / "x"), "--owner", user.email)
    with pytest.raises(CommandError, match="nobody there"):
        call_command("import_people", "folder", str(tmp_path), "--owner", user.email)
    assert not GalleryImport.objects.exists()


def test_the_page_takes_address_and_key(owner, user, allowed):
    page = owner.get("/people/import/compreface/")
    refused = owner.post("/people/import/compreface/", {"address": "faces", "api_key": "k"})
    with peer(compreface(PEOPLE)) as there:
        sent = owner.post("/people/import/compreface/", {"address": there.url, "api_key": KEY})

    assert page.status_code == 200
    assert refused.status_code == 422
    assert "This is not the address of a server." in refused.content.decode()
    assert sent["Location"] == f"/people/import/{GalleryImport.objects.get().pk}/"


def test_the_page_asks_for_the_gallery_where_there_are_two(owner, user, allowed):
    person(user, "Dora")
    gallery = create_gallery(owner=user, name="Visitors")

    page = owner.get("/people/import/compreface/")
    with peer(compreface(PEOPLE)) as there:
        body = {"address": there.url, "api_key": KEY, "gallery": str(gallery.pk)}
        owner.post("/people/import/compreface/", body)

    assert "Visitors" in page.content.decode()
    assert GalleryImport.objects.get().gallery == gallery
