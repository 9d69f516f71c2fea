import pytest


@pytest.fixture
def media(settings, tmp_path):
    """A media folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    private = settings.STORAGES["private"]
    options = private["OPTIONS"] | {"location": str(settings.MEDIA_ROOT)}
    settings.STORAGES = settings.STORAGES | {"private": private | {"OPTIONS": options}}
    return settings.MEDIA_ROOT
