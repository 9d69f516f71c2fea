"""Import people and photos from other programs, of which the operator has folder or database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from faceverify.api.errors import QuotaExceeded
from verification.gallery.access import galleries_for
from verification.gallery.gallery_models import Role
from verification.gallery_io.models import GalleryImport
from verification.gallery_io.sources.aws import Credentials
from verification.gallery_io.sources.base import Source, SourceRefused
from verification.gallery_io.sources.compreface import CompreFaceServer
from verification.gallery_io.sources.compreface_dump import CompreFaceDatabase
from verification.gallery_io.sources.folders import FolderOfPeople
from verification.gallery_io.sources.rekognition import RekognitionCollection
from verification.gallery_io.sources.services import import_packed
from verification.gallery_io.sources.web import Reader, server_address

Kind = GalleryImport.Source
KINDS = {
    "folder": Kind.FOLDER,
    "double-take": Kind.FOLDER,
    "frigate": Kind.FOLDER,
    "compreface": Kind.COMPREFACE,
    "compreface-database": Kind.COMPREFACE,
    "rekognition": Kind.REKOGNITION,
}


class Command(BaseCommand):
    help = (
        "Imports people with their photos into the gallery of an account. Nothing is changed where they "
        "come from. A worker does it; the account's page of the import has a line on every photo."
    )

    def add_arguments(self, parser):
        kinds = parser.add_subparsers(dest="kind", required=True)
        for kind, words in (
            ("folder", "a folder with a folder for each person"),
            ("double-take", "what Double Take was taught: its .storage folder"),
            ("frigate", "the named faces of Frigate: its media folder, or clips/faces"),
        ):
            one = _add(kinds, kind, words)
            one.add_argument("folder", type=Path)
        server = _add(kinds, "compreface", "a running CompreFace")
        server.add_argument("address", help="for example http://localhost:8000")
        dump = _add(
            kinds, "compreface-database", "a dump of CompreFace, restored into a spare PostgreSQL"
        )
        dump.add_argument("url", help="for example postgresql:///spare")
        amazon = _add(kinds, "rekognition", "a collection of Amazon Rekognition, and its photos")
        amazon.add_argument("collection")
        amazon.add_argument("folder", type=Path, help="where the photos are")
        amazon.add_argument("--region", default=os.environ.get("AWS_REGION", "us-east-1"))
        amazon.add_argument("--endpoint-url", default="", help="another server than Amazon's")

    def handle(self, kind: str, owner: str, gallery: str, **options):
        user = User.objects.filter(email__iexact=owner).first()
        if user is None:
            raise CommandError("There is no account with this email address.")
        into = galleries_for(user, Role.EDITOR).filter(name=gallery).first() if gallery else None
        if gallery and into is None:
            raise CommandError("The account has no gallery of this name.")
        try:
            with SOURCES[kind](kind, options) as source:
                job = import_packed(
                    owner=user,
                    gallery=into,
                    kind=KINDS[kind],
                    name=_name(kind, options),
                    source=source,
                )
        except (SourceRefused, QuotaExceeded) as error:
            raise CommandError(f"{error} {error.remedy}") from None
        self.stdout.write(f"The photos are read, and a worker adds them: import {job.pk}.")


def _add(kinds, kind: str, words: str):
    one = kinds.add_parser(kind, help=words, description=f"Imports {words}.")
    one.add_argument("--owner", required=True, metavar="EMAIL", help="whose gallery")
    one.add_argument("--gallery", default="", metavar="NAME", help="another than the default one")
    return one


def _name(kind: str, options: dict) -> str:
    """What the import is called on its page; an address may hold a password."""
    if kind == "rekognition":
        return options["collection"]
    return options["folder"].resolve().name if "folder" in options else kind


@contextmanager
def _folder(kind: str, options: dict) -> Iterator[Source]:
    yield FolderOfPeople(options["folder"], kind)


@contextmanager
def _compreface(_kind: str, options: dict) -> Iterator[Source]:
    headers = {"x-api-key": _secret("COMPREFACE_API_KEY", "Key of the recognition service: ")}
    address = server_address(options["address"], is_trusted=True)
    with Reader(address, headers, is_trusted=True) as reader:
        yield CompreFaceServer(reader)


@contextmanager
def _compreface_database(_kind: str, options: dict) -> Iterator[Source]:
    with CompreFaceDatabase(options["url"], os.environ.get("COMPREFACE_API_KEY", "")) as source:
        yield source


@contextmanager
def _rekognition(_kind: str, options: dict) -> Iterator[Source]:
    region = options["region"]
    credentials = Credentials(
        _secret("AWS_ACCESS_KEY_ID", "Access key id: "),
        _secret("AWS_SECRET_ACCESS_KEY", "Secret access key: "),
        os.environ.get("AWS_SESSION_TOKEN", ""),
    )
    address = options["endpoint_url"] or f"https://rekognition.{region}.amazonaws.com"
    with Reader(server_address(address, is_trusted=True), {}, is_trusted=True) as reader:
        yield RekognitionCollection(
            reader,
            options["collection"],
            options["folder"],
            credentials=credentials,
            region=region,
        )


SOURCES = {
    "folder": _folder,
    "double-take": _folder,
    "frigate": _folder,
    "compreface": _compreface,
    "compreface-database": _compreface_database,
    "rekognition": _rekognition,
}


def _secret(variable: str, question: str) -> str:
    """From the environment, or asked for: not as an argument, which everybody on the machine sees."""
    return os.environ.get(variable) or getpass(question)
