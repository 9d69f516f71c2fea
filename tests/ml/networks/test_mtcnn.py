"""The weights of MTCNN come in files that could run code."""

import os

import pytest

from ml.errors import ArtifactError
from ml.networks import mtcnn


class Trap:
    """A pickle of it makes a folder when it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_file_of_weights_that_is_not_the_known_one_is_not_even_read(tmp_path, monkeypatch):
    import joblib

    weights = tmp_path / "mtcnn/assets/weights"
    weights.mkdir(parents=True)
    (tmp_path / "mtcnn/__init__.py").touch()
    for name in mtcnn.SHA256:
        joblib.dump(Trap(tmp_path / "it ran"), weights / f"{name}.lz4")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ArtifactError, match="not the file that is known"):
        mtcnn.build_all()

    assert not (tmp_path / "it ran").exists()
