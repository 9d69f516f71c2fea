"""A folder of models with two of them, the second being the project's default by now."""

import pytest

from ml.serving import artifacts
from tests.support.models import USED, harsh_model
from verification import engine


@pytest.fixture(scope="session")
def harsh(tmp_path_factory):
    return harsh_model(tmp_path_factory.mktemp("models") / "harsh")


@pytest.fixture
def models(tmp_path, harsh, monkeypatch):
    """Its folder: the model that the project comes with and `harsh`, as if an update had made the
    latter the default."""
    place = tmp_path / "models"
    place.mkdir()
    (place / USED).symlink_to(artifacts.MODELS / USED)
    (place / "harsh").symlink_to(harsh)
    monkeypatch.setattr(artifacts, "MODELS", place)
    monkeypatch.setattr(artifacts, "DEFAULT", "harsh")
    return place


@pytest.fixture(autouse=True)
def _each_loads_its_model_anew():
    """A preview changes the model of its process, which is the one of the tests here."""
    engine.serving.forget()
    yield
    engine.serving.forget()
