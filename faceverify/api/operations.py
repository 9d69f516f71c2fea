"""What the description of the API says of one address, in the words of a form."""

import json
import re
from dataclasses import dataclass, field
from functools import cache

PARAMETER = re.compile(r"<[^>]*>|\{[^}]*\}")
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Input:
    """One field of a form. `kind`: text, number, file, files, choice, choices."""

    name: str
    kind: str
    help: str = ""
    required: bool = False
    choices: tuple = ()
    value: str = ""


@dataclass(frozen=True)
class Operation:
    """`query` for the address, and a body as an example in JSON, or as the `fields` of a form with
    files; neither for a request without a body."""

    method: str
    title: str
    description: str
    query: list[Input] = field(default_factory=list)
    json: str = ""
    fields: list[Input] = field(default_factory=list)


def operations_at(route: str) -> list[Operation]:
    """The operations of a route of the URL conf, in the order of METHODS."""
    schema = _schema()
    methods = _paths().get(_plain(f"/{route}"), {})
    return [_operation(schema, name, methods[name]) for name in METHODS if name in methods]


def paths_below(route: str, path: str) -> list[str]:
    """The addresses one step below the present one that need no further id."""
    start = _plain(f"/{route}")
    further = (known.removeprefix(start) for known in _paths() if known.startswith(start))
    steps = (step for step in further if re.fullmatch(r"[\w.]+/?", step))
    return [f"{path}{step}" for step in steps]


def has_items(route: str) -> bool:
    """Whether an id may follow."""
    return "get" in _paths().get(_plain(f"/{route}{{}}/"), {})


@cache
def _schema() -> dict:
    from drf_spectacular.generators import SchemaGenerator  # it needs the settings that name us

    return SchemaGenerator().get_schema(request=None, public=True)


@cache
def _paths() -> dict:
    return {_plain(path): methods for path, methods in _schema()["paths"].items()}


def _plain(route: str) -> str:
    return PARAMETER.sub("{}", route)


def _operation(schema: dict, method: str, said: dict) -> Operation:
    bodies = said.get("requestBody", {}).get("content", {})
    form = _resolved(schema, bodies.get("multipart/form-data", {}).get("schema", {}))
    inputs = [
        _input(schema, name, each, name in form.get("required", ()))
        for name, each in form.get("properties", {}).items()
    ]
    with_files = any(each.kind in ("file", "files") for each in inputs)
    example = bodies.get("application/json", {}).get("example")
    query = [
        _input(schema, each["name"], each.get("schema", {}), False, each.get("description", ""))
        for each in said.get("parameters", [])
        if each.get("in") == "query"
    ]
    return Operation(
        method=method.upper(),
        title=said.get("summary") or said["operationId"].replace("_", " ").capitalize(),
        description=_words(said.get("description", "").partition("\n\nA key needs")[0]),
        query=query,
        json=json.dumps(example, indent=2) if example is not None and not with_files else "",
        fields=inputs if with_files else [],
    )


def _resolved(schema: dict, said: dict) -> dict:
    if "$ref" in said:
        return schema["components"]["schemas"][said["$ref"].rsplit("/", 1)[-1]]
    return said


def _input(schema: dict, name: str, said: dict, required: bool, text: str = "") -> Input:
    kind, choices, default = "text", (), said.get("default")
    said = {**_resolved(schema, said.get("oneOf", said.get("allOf", [said]))[0]), **said}
    items = _resolved(schema, said.get("items", {}))
    kinds = said.get("type", ())
    if said.get("format") == "binary":
        kind = "file"
    elif items.get("format") == "binary":
        kind = "files"
    elif said.get("enum"):
        kind, choices = "choice", tuple(said["enum"])
    elif items.get("enum"):
        kind, choices = "choices", tuple(items["enum"])
    elif "boolean" in kinds:
        kind, choices = "choice", ("true", "false")
    elif "integer" in kinds or "number" in kinds:
        kind = "number"
    return Input(
        name=name,
        kind=kind,
        help=_words(text or said.get("description", "")),
        required=required,
        choices=tuple(choice for choice in choices if choice not in ("", None)),
        value="" if default in (None, "") else str(default),
    )


def _words(markdown: str) -> str:
    """Without marks, and without the list of choices, which the form has."""
    return markdown.partition("* `")[0].replace("`", "").strip()
