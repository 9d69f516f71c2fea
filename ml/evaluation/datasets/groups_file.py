"""Groups of people from a CSV file with a row `person,group` per person; a header is optional."""

import csv
from collections.abc import Sequence
from pathlib import Path

from ml.errors import MlError
from ml.evaluation.datasets import lfw

COLUMNS = ("person", "group")
SHOWN = 5  # people named in a message
MOST = 40  # groups: a table of all pairs of more groups is too large to read


def read(path, pairs: lfw.LabelledPairs) -> dict[str, str]:
    """The group of each person, for the people on the photos of `pairs`.

    People without a row belong to no group. Rows of people whose photos are only in folds that are
    left out are ignored.

    Raises:
        MlError: the file cannot be read or has another format (the message names the line), a person
            is unknown or has two rows, a group has fewer than two people, or there are too many groups.
    """
    path = Path(path)
    groups = _read(path)
    measured = {pairs.people[name] for name in pairs.images() if name in pairs.people}
    if not pairs.people.keys() >= set(pairs.images()):
        raise MlError(
            "groups_without_people",
            "The pairs file does not name the person on each photo, so nobody can be put in a group.",
            "Add the columns probe_person,reference_person to it.",
        )
    unknown = sorted(groups.keys() - set(pairs.people.values()))
    if unknown:
        names = ", ".join(unknown[:SHOWN]) + (", ..." if len(unknown) > SHOWN else "")
        raise MlError(
            "groups_unknown_people",
            f"{path} names people of whom the pairs file has no photo ({len(unknown)}): {names}.",
            "Write each person as the pairs file does, or leave the row out.",
        )
    members = dict.fromkeys(groups.values(), 0)
    for person in measured & groups.keys():
        members[groups[person]] += 1
    if len(members) > MOST:
        raise MlError(
            "groups_too_many",
            f"{path} has {len(members)} groups; {MOST} are possible.",
            "Put people into larger groups: the rates of small groups mean little.",
        )
    for group, count in members.items():
        if count < 2:
            found = "only one person" if count else "nobody"
            raise MlError(
                "groups_too_few_pairs",
                f"{path}: of the group {group} {found} is on the photos to measure.",
                "A group needs at least two people, and a hundred or more for useful figures.",
            )
    return groups


def _read(path: Path) -> dict[str, str]:
    groups: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, skipinitialspace=True)
            columns: Sequence[str] | None = None
            for row in reader:
                cells = [cell.strip() for cell in row]
                if not any(cells):
                    continue
                if columns is None:
                    named = [cell.lower() for cell in cells]
                    columns = COLUMNS
                    if set(COLUMNS) <= set(named):
                        columns = named
                        continue
                person, group = _pair(cells, columns, f"{path}, line {reader.line_num}")
                if person in groups:
                    raise MlError(
                        "groups_duplicate",
                        f"{path}, line {reader.line_num}: {person} already has a group.",
                        "Write one row for each person.",
                    )
                groups[person] = group
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MlError(
            "groups_unreadable",
            f"The groups file {path} cannot be read: {error}",
            "Save it as CSV in UTF-8.",
        ) from error
    if not groups:
        raise MlError(
            "groups_empty",
            f"The groups file {path} names nobody.",
            "Write a row person,group for each person.",
        )
    return groups


def _pair(cells: list[str], columns: Sequence[str], where: str) -> tuple[str, str]:
    named = dict(zip(columns, cells, strict=False))
    if len(cells) != len(columns) or not all(named[column] for column in COLUMNS):
        raise MlError(
            "groups_malformed",
            f"{where}: not a person and a group, separated by a comma.",
            "Leave people out who belong to no group.",
        )
    return named["person"], named["group"]
