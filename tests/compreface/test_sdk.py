"""The real client of CompreFace, unchanged, against a server with a worker."""

import pytest

from tests.support.compreface_sdk import answers
from tests.support.faces import group, make_face, no_face, two_faces

pytestmark = pytest.mark.server

SCOPES = ["verify", "gallery:read", "gallery:write", "embeddings"]

COLLECTION = """
recognition = at.init_face_recognition(key)
subjects, faces = recognition.get_subjects(), recognition.get_face_collection()
calls["add"] = subjects.add("Ada / the 1st")
calls["twice"] = subjects.add("Ada / the 1st")
calls["rename"] = subjects.update("Ada / the 1st", "Ada Lovelace")
calls["photo"] = faces.add("ada.jpg", "Ada Lovelace", {"det_prob_threshold": 0.5})
calls["bytes"] = faces.add(open("bea.jpg", "rb").read(), "Bea")
calls["nobody"] = faces.add("nobody.jpg", "Cy")
calls["several"] = faces.add("several.jpg", "Cy")
calls["subjects"] = subjects.list()
calls["faces"] = faces.list()
calls["recognize"] = recognition.recognize("group.jpg", {
    "limit": 2, "prediction_count": 2, "det_prob_threshold": 0.5, "status": True,
    "face_plugins": "landmarks,calculator,age",
})
calls["verify"] = faces.verify("ada-2.jpg", calls["photo"]["image_id"])
calls["delete"] = faces.delete(calls["photo"]["image_id"])
calls["delete all"] = faces.delete_all("Bea")
calls["gone"] = faces.delete(calls["photo"]["image_id"])
calls["subject"] = subjects.delete("Bea")
calls["everybody"] = subjects.delete_all()
calls["empty"] = subjects.list()
"""

PHOTOS = """
detection, verification = at.init_face_detection(key), at.init_face_verification(key)
calls["detect"] = detection.detect("group.jpg", {"limit": 0, "face_plugins": "landmarks"})
calls["nobody"] = detection.detect("nobody.jpg")
calls["verify"] = verification.verify("ada.jpg", "group.jpg")
calls["several"] = verification.verify("several.jpg", "ada.jpg")
calls["another key"] = at.init_face_detection("no-key").detect("ada.jpg")
"""


@pytest.fixture
def photos(tmp_path):
    for name, photo in {
        "ada.jpg": make_face(0),
        "ada-2.jpg": make_face(0, 1),
        "bea.jpg": make_face(1),
        "group.jpg": group((0, 1), (1, 1)),
        "several.jpg": two_faces(2, 3),
        "nobody.jpg": no_face(),
    }.items():
        (tmp_path / name).write_bytes(photo)
    return tmp_path


def test_a_collection_from_its_first_photo_to_its_last(worker, photos):
    said = answers(worker, COLLECTION, photos, key=worker.new_key(scopes=SCOPES))

    assert said["add"] == {"subject": "Ada / the 1st"}
    assert said["rename"] == {"updated": True}
    assert said["photo"]["subject"] == "Ada Lovelace"
    assert [said[call]["code"] for call in ("twice", "nobody", "several", "gone")] == [
        43,
        28,
        31,
        11,
    ]
    assert said["subjects"] == {"subjects": ["Ada Lovelace", "Bea"]}
    listed = {(face["image_id"], face["subject"]) for face in said["faces"]["faces"]}
    assert listed == {(said[c]["image_id"], said[c]["subject"]) for c in ("photo", "bytes")}

    both = said["recognize"]["result"]
    assert {face["subjects"][0]["subject"] for face in both} == {"Ada Lovelace", "Bea"}
    assert all(len(face["landmarks"]) == 5 and len(face["embedding"]) > 100 for face in both)
    assert said["recognize"]["plugins_versions"]["calculator"]
    assert said["verify"]["result"][0]["similarity"] > 0.9
    assert said["delete"] == said["photo"]
    assert said["delete all"] == {"deleted": 1}
    assert said["subject"] == {"subject": "Bea"}
    assert said["everybody"] == {"deleted": 1}
    assert said["empty"] == {"subjects": []}


def test_photos_of_which_nothing_is_kept(worker, photos):
    said = answers(worker, PHOTOS, photos, key=worker.new_key(scopes=SCOPES))

    assert [len(face["landmarks"]) for face in said["detect"]["result"]] == [5, 5]
    matches = said["verify"]["result"][0]["face_matches"]
    assert matches[0]["similarity"] > 0.9 > 0.5 > matches[1]["similarity"]
    assert [said[call]["code"] for call in ("nobody", "several", "another key")] == [28, 31, 10]
