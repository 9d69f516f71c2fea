"""A comparison as a program would ask for it: a command and a script, without the key."""

import shlex
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from .forms import rate_value
from .kinds.base import Kind
from .models import Verification

LISTED = 10  # photos of a search that are named one by one
PLAIN = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+ ()")


@dataclass(frozen=True)
class Programs:
    curl: str
    python: str

    @property
    def shown(self) -> list[tuple[str, str, str]]:
        """The heading, the element's id, and the text of each."""
        return [
            (gettext("As curl"), "program-curl", self.curl),
            (gettext("As Python"), "program-python", self.python),
        ]


def programs_for(request: HttpRequest, verification: Verification, kind: Kind) -> Programs | None:
    """Both ask for the key in the variable FACEVERIFY_KEY. None for a kind without an endpoint."""
    if not kind.endpoint:
        return None
    url = f"{request.build_absolute_uri(reverse(kind.endpoint))}?wait=10"
    files, fields = _files(verification, kind), _fields(verification, kind)
    return Programs(curl=_curl(url, files, fields), python=_python(url, files, fields))


def _files(v: Verification, kind: Kind) -> list[tuple[str, str]]:
    files = [
        (role.which, getattr(v, f"{role.which}_name") or f"{role.which}.jpg") for role in kind.roles
    ]
    if kind.has_many_answers:
        named = v.photos.order_by("position").values_list("file_name", flat=True)[:LISTED]
        files += [("photos", name or f"{number}.jpg") for number, name in enumerate(named, 1)]
    return files


def _fields(v: Verification, kind: Kind) -> list[tuple[str, str]]:
    fields = [("false_match_rate", rate_value(v.false_match_rate))]
    if v.person_id:
        fields.append(("person", str(v.person_id)))
    for role in kind.roles:
        if (index := getattr(v, f"{role.which}_face")) is not None:
            fields.append((f"{role.which}_face", str(index)))
    return fields


def _curl(url: str, files: list[tuple[str, str]], fields: list[tuple[str, str]]) -> str:
    parts = ['curl -H "Authorization: Bearer $FACEVERIFY_KEY"']
    parts += [f"-F {shlex.quote(f'{name}=@{_as_curl_reads(file)}')}" for name, file in files]
    parts += [f"-F {shlex.quote(f'{name}={value}')}" for name, value in fields]
    return " \\\n  ".join([*parts, shlex.quote(url)])


def _as_curl_reads(name: str) -> str:
    """A file name in which curl takes no character for one of its own."""
    if set(name) <= PLAIN:
        return name
    return '"{}"'.format(name.replace("\\", "\\\\").replace('"', '\\"'))


def _python(url: str, files: list[tuple[str, str]], fields: list[tuple[str, str]]) -> str:
    opened = "\n".join(f"        ({name!r}, open({file!r}, 'rb'))," for name, file in files)
    return (
        "import os\n\nimport requests\n\n"
        "answer = requests.post(\n"
        f"    {url!r},\n"
        "    headers={'Authorization': f\"Bearer {os.environ['FACEVERIFY_KEY']}\"},\n"
        f"    files=[\n{opened}\n    ],\n"
        f"    data={dict(fields)!r},\n"
        "    timeout=60,\n)\n"
        "answer.raise_for_status()\n"
        "print(answer.json()['outcome'])\n"
    )
