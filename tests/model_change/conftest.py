"""A folder of models with two of them, the second being the project's default by now."""

import pytest

from ml.serving import artifacts
from tests.models import harsh_model
from verification import engine


@pytest.fixture(scope="session")
def harsh(tmp_path_factory):
    return harsh_model(tmp_path_factory.mktemp("models") / "harsh")


@pytest.fixture
def models(tmp_path, harsh, monkeypatch):
    """Its folder: `resnet29` and `harsh`, an update having made the latter the default."""
    place = tmp_path / "models"
    place.mkdir()
    (place / "resnet29").symlink_to(artifacts.DEFAULT_FOLDER)
    (place / "harsh").symlink_to(harsh)
    monkeypatch.setattr(artifacts, "DEFAULT_FOLDER", place / "harsh")
    return place


@pytest.fixture(autouse=True)
def _each_loads_its_model_anew():
    """A preview changes the model of its process, which is the one of the tests here."""
    engine._verifier = None
    yield
    engine._verifier = None
