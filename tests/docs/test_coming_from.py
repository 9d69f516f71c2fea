"""Guides for those who come from other programs: their code runs against a server with a worker, and
prints what they show."""

import pytest

from tests.support.compreface_sdk import run
from tests.support.faces import make_face, no_face
from tests.support.guide_programs import program_of, python_blocks
from tests.support.guides import END
from tests.support.servers import ROOT

pytestmark = pytest.mark.server

SCOPES = ["verify", "gallery:read", "gallery:write"]


@pytest.mark.parametrize("guide", ["compreface.md", "deepface.md"])
def test_every_block_prints_what_is_shown(worker, tmp_path, guide):
    photos = {"a.jpg": (1, 0), "b.jpg": (1, 1), "c.jpg": (2, 0)}
    for name, (identity, variation) in photos.items():
        (tmp_path / name).write_bytes(make_face(identity, variation))
    (tmp_path / "sky.jpg").write_bytes(no_face())
    blocks = python_blocks(ROOT / "docs" / guide)

    printed = run(worker, program_of(blocks), tmp_path, key=worker.new_key(scopes=SCOPES))

    assert len(blocks) > 1
    for block, text in zip(blocks, printed.split(END), strict=False):
        assert block.agrees(text), text
