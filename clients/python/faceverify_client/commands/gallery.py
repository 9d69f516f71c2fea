"""`faceverify people ...`"""

from pathlib import Path

import click

from .. import output
from ..context import REFUSED, Session, person_named, status_of, with_json
from ..errors import ApiError
from ..results import Anchor, Json
from ..synchronous.client import Client

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic", ".avif")
SOURCE = click.Path(exists=True, path_type=Path)


@click.group()
def people() -> None:
    """The people of your gallery, and their photos."""


@people.command("list")
@click.option("--search", "q", default="", help="In names and notes.")
@click.option("--tag", default="", help="With this tag.")
@with_json
def list_(session: Session, q: str, tag: str) -> None:
    """List the people."""
    with session.client() as client:
        rows = list(client.people(q=q, tag=tag))
    if session.json:
        output.write_json([row.raw for row in rows])
    else:
        output.show_people(sorted(rows, key=lambda row: row.name.casefold()))


@people.command()
@click.argument("name")
@click.argument("photos", nargs=-1, type=SOURCE)
@click.option("--note", default="")
@click.option("--tag", "tags", multiple=True, help="May be given several times.")
@click.option("--consent-given-by", default="")
@click.option("--consent-at", help="The day, as 2026-01-31.")
@click.option("--consent-for", default="")
@with_json
def add(session: Session, name: str, photos: tuple[Path, ...], tags: tuple[str, ...], **fields):
    """Add a person called NAME, with PHOTOS: files, or folders of photos.

    The exit status is 3 when a photo was refused; the person and the other photos are kept.
    """
    files = _photos(photos)
    with session.client() as client:
        fields = {field: value for field, value in fields.items() if value}
        person = client.person_add(name, tags=list(tags), **fields)
        status, told = _add_photos(session, client, person.id, files)
        if session.json:
            output.write_json({"person": client.person(person.id).raw, "photos": told})
        else:
            output.out.print(f"{person.name}: {person.id}", markup=False)
    return status


@people.command("add-photos")
@click.argument("person")
@click.argument("photos", nargs=-1, type=SOURCE, required=True)
@with_json
def add_photos(session: Session, person: str, photos: tuple[Path, ...]) -> int:
    """Add PHOTOS, files or folders, to PERSON, given by id or name."""
    files = _photos(photos)
    with session.client() as client:
        found = person_named(client, person)
        status, told = _add_photos(session, client, found.id, files)
        if session.json:
            output.write_json({"person": client.person(found.id).raw, "photos": told})
    return status


def _photos(given: tuple[Path, ...]) -> list[Path]:
    files: list[Path] = []
    for path in given:
        if not path.is_dir():
            files.append(path)
            continue
        found = sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES)
        if not found:
            raise click.UsageError(f"There is no photo in {path}")
        files += found
    return files


def _add_photos(
    session: Session, client: Client, person: str, files: list[Path]
) -> tuple[int, list[Json]]:
    """Add each; a refused photo does not keep the others out. (exit status, what was told)"""
    status, told = 0, []
    with output.progress() as bar:
        task = bar.add_task("Adding photos", total=len(files))
        for file in files:
            try:
                anchor: Anchor = client.anchor_add(person, file)
            except ApiError as error:
                if not error.is_refused_photo:
                    raise
                told.append({"file_name": file.name, "error": error.problem})
                status = REFUSED
                if not session.json:
                    output.err.print(f"{file.name}: {error}", style="yellow", markup=False)
            else:
                told.append(anchor.raw)
                status = status or status_of(anchor)
                if not session.json:
                    output.show_anchors([anchor])
            bar.advance(task)
    return status, told
