"""boto3 over the network: the guide's program, and clients at once, at a real server with a worker"""

import os
import re
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

from tests.support.faces import group, make_face
from tests.support.rekognition import REGION, access_key_at, boto
from tests.support.servers import PATIENCE, ROOT

GUIDE = ROOT / "docs/rekognition.md"
BLOCK = re.compile(r"^( *)```python\n(.*?)^\1```$", re.M | re.S)
CLIENTS = 8


def test_the_program_of_the_guide_runs_unchanged(worker, tmp_path):
    access, _key = access_key_at(worker)
    (tmp_path / "ada.jpg").write_bytes(make_face(0))
    (tmp_path / "party.jpg").write_bytes(make_face(0, 1))
    program = "".join(textwrap.dedent(code) for _, code in BLOCK.findall(GUIDE.read_text()))

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ
        | {
            "AWS_ENDPOINT_URL_REKOGNITION": worker.url,
            "AWS_ACCESS_KEY_ID": access.id,
            "AWS_SECRET_ACCESS_KEY": access.secret,
            "AWS_DEFAULT_REGION": REGION,
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    assert done.returncode == 0, done.stderr
    compared, found, users = done.stdout.splitlines()
    assert compared.startswith("100 {")
    assert (found, users) == ("ada", "['ada']")


def test_clients_at_once_are_all_answered(worker):
    access, _key = access_key_at(worker)
    photos = {
        "SourceImage": {"Bytes": make_face(1)},
        "TargetImage": {"Bytes": group((0, 0), (1, 1))},
    }

    def ask(_number: int) -> int:
        return len(boto(access, url=worker.url).compare_faces(**photos)["FaceMatches"])

    with ThreadPoolExecutor(CLIENTS) as pool:
        assert list(pool.map(ask, range(CLIENTS))) == [1] * CLIENTS


def test_nothing_of_a_request_is_in_the_log(worker):
    access, _key = access_key_at(worker)
    client = boto(access, url=worker.url)

    client.create_collection(CollectionId="a-telling-name")
    client.index_faces(
        CollectionId="a-telling-name",
        Image={"Bytes": make_face(2)},
        ExternalImageId="another-telling-name",
    )

    for log in (worker.log("web"), worker.log("worker")):
        for told in ("telling-name", access.id, access.secret):
            assert told not in log
