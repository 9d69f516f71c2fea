"""The description of the API (OpenAPI 3.1): what all operations share is added here.

The scopes that a key needs, header fields, errors, and an example of each body.
"""

import copy
from http import HTTPStatus

from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import SAFE_METHODS

from .endpoint import Endpoint
from .examples import example_of, problem_example
from .scopes import scopes_of

PROBLEM = {"$ref": "#/components/schemas/Problem"}
PROBLEM_TYPE = "application/problem+json"
ERRORS = {
    "400": "Something in the request is wrong: see `errors`.",
    "401": "There is no API key, or it is mistyped, revoked or expired.",
    "403": "The key lacks a scope.",
    "404": "It does not exist, or belongs to somebody else.",
    "406": "The answer is not available in the format that `Accept` asks for.",
    "409": "Its state does not allow this, or the Idempotency-Key was used before.",
    "412": "It has changed since it was read.",
    "413": "The body or a photo is too large.",
    "415": "The format of the body or of a photo is not supported.",
    "422": "A photo cannot be used.",
    "429": "Too many requests: `Retry-After` says when to come back.",
    "503": "The server lacks something at the moment, such as its database, queue or model.",
    "507": "The disk of the server is full: nothing was stored.",
}
ALWAYS = ("400", "401", "403", "404", "406", "429", "503")
WITH_RETRY_AFTER = ("429", "503", "507")

VERBS = {
    "list": "List",
    "create": "Make",
    "retrieve": "Read",
    "update": "Set",
    "partial_update": "Change",
    "destroy": "Delete",
}
VERB_WORDS = {word for verb in VERBS for word in verb.split("_")}
ENDINGS = {"people": "person", "ches": "ch", "ies": "y", "s": ""}  # of plurals, and of singulars


def _singular(things: str) -> str:
    for several, one in ENDINGS.items():
        if things.endswith(several):
            return things.removesuffix(several) + one
    return things


def _header(name: str, text: str) -> dict:
    return {
        "in": "header",
        "name": name,
        "required": False,
        "description": text,
        # Printable ASCII: what an HTTP header field may hold.
        "schema": {"type": "string", "maxLength": 255, "pattern": r"^[!-~]([ -~]*[!-~])?$"},
    }


IDEMPOTENCY_KEY = _header(
    "Idempotency-Key",
    "For 24 hours the same key with the same body gets the same answer, and nothing is created "
    "twice. With another body it gets 409.",
)
IF_NONE_MATCH = _header(
    "If-None-Match", "The ETag of your copy: the answer is 304 while nothing has changed."
)
IF_MATCH = _header("If-Match", "An ETag: the answer is 412 if the resource has changed since.")
FIELDS = {
    "RateLimit-Policy": "Each limit that applies: `q` requests in `w` seconds.",
    "RateLimit": "What is left of each limit: `r` requests, and `t` seconds until all are available again.",
    "X-Request-ID": "The id of this request in the server's logs.",
}


class EndpointSchema(AutoSchema):
    """Adds a title, and the scopes that a key needs, to each operation."""

    def get_operation(self, *args, **kwargs):
        operation = super().get_operation(*args, **kwargs)
        if operation is None or not isinstance(self.view, Endpoint):
            return operation
        operation.setdefault("summary", self._title(operation))
        if needed := scopes_of(self.view, self.method):
            names = " or ".join(f"`{scope}`" for scope in needed)
            text = f"{operation.get('description', '')}\n\nA key needs the scope {names}."
            operation["description"] = text.strip()
        actions = getattr(self.view, "action_map", None) or {}
        operation["x-conditional"] = hasattr(self.view, "get") or "get" in actions
        operation["x-keeps-answers"] = self.view.keeps_answers
        return operation

    def _title(self, operation: dict) -> str:
        """What an operation is called in a list: "List people", "Read a person", "Person: merge"."""
        tag = operation["tags"][0]
        words = operation["operationId"].removeprefix(tag).strip("_").split("_")
        thing = tag.replace("_", " ")
        one = "{" in self.path or words == ["create"]
        if one:
            thing = _singular(thing)
        verb = VERBS.get("_".join(words))
        if verb and one:
            return f"{verb} {'an' if thing[0] in 'aeiou' else 'a'} {thing}"
        if verb:
            return f"{verb} {thing}"
        doing: list[str] = []
        while words and words[-1] in VERB_WORDS:
            doing.insert(0, words.pop())
        verb = "" if self.method == "POST" else VERBS.get("_".join(doing), "").lower()
        return f"{thing.capitalize()}: {verb} {' '.join(words)}".replace(":  ", ": ")


def complete(result: dict, generator, request, public) -> dict:
    """A postprocessing hook: what holds for every operation, base64 for photos in JSON, examples."""
    schemas = result["components"]["schemas"]
    for operations in result["paths"].values():
        for method, operation in operations.items():
            conditional = operation.pop("x-conditional", None)
            keeps_answers = operation.pop("x-keeps-answers", None)
            if conditional is None:
                continue
            _add_header_fields(operation, method.upper(), conditional, keeps_answers)
            _add_retry_after(operation, schemas)
            _add_errors(operation, method.upper(), conditional)
            _close_bodies(operation, schemas)
            _base64_in_json(operation, schemas)
            _add_examples(operation, schemas)
    result["components"] |= _shared()
    return result


def _add_header_fields(
    operation: dict, method: str, conditional: bool, keeps_answers: bool
) -> None:
    name = {"POST": "IdempotencyKey" if keeps_answers else None, "GET": "IfNoneMatch"}.get(method)
    if name is None and conditional and method != "POST":
        name = "IfMatch"
    if name:
        ref = {"$ref": f"#/components/parameters/{name}"}
        operation.setdefault("parameters", []).append(ref)
    for answer in operation["responses"].values():
        refs = {name: {"$ref": f"#/components/headers/{name}"} for name in FIELDS}
        answer.setdefault("headers", {}).update(refs)


def _add_retry_after(operation: dict, schemas: dict) -> None:
    """Where the answer may tell of a job that has not ended."""
    for code in ("200", "202"):
        answer = operation["responses"].get(code, {})
        told = answer.get("content", {}).get("application/json", {}).get("schema", {})
        shown = schemas.get(told.get("$ref", "").rsplit("/", 1)[-1], {}).get("properties", {})
        if {"state", "failure"} <= shown.keys():
            answer["headers"]["Retry-After"] = {"$ref": "#/components/headers/AskAgain"}


def _add_errors(operation: dict, method: str, conditional: bool) -> None:
    responses = operation["responses"]
    codes = [*ALWAYS]
    if method == "GET":
        responses.setdefault("304", {"description": "Nothing has changed."})
    else:
        codes += ["409", "507"]
    if method not in SAFE_METHODS and method != "POST" and conditional:
        codes += ["412"]
    if "requestBody" in operation:
        codes += ["413", "415"]
    codes += [
        code for code, answer in responses.items() if PROBLEM_TYPE in answer.get("content", {})
    ]
    for code in codes:
        responses[code] = {"$ref": f"#/components/responses/Problem{code}"}
    operation["responses"] = dict(sorted(responses.items()))


def _shared() -> dict:
    """The components that the operations refer to."""
    problems = {}
    for code, text in ERRORS.items():
        media = {"schema": PROBLEM, "example": problem_example(int(code))}
        fields = [*FIELDS, "Retry-After"] if code in WITH_RETRY_AFTER else FIELDS
        problems[f"Problem{code}"] = {
            "description": text,
            "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in fields},
            "content": {PROBLEM_TYPE: media},
        }
    return {
        "parameters": {
            "IdempotencyKey": IDEMPOTENCY_KEY,
            "IfNoneMatch": IF_NONE_MATCH,
            "IfMatch": IF_MATCH,
        },
        "headers": {
            **{
                name: {"description": text, "schema": {"type": "string"}}
                for name, text in FIELDS.items()
            },
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
            "AskAgain": {
                "description": "While many wait and this has not ended: seconds until you should ask again.",
                "schema": {"type": "integer"},
            },
        },
        "responses": problems,
    }


def _close_bodies(operation: dict, schemas: dict) -> None:
    """A body takes no fields but those described."""
    for media in operation.get("requestBody", {}).get("content", {}).values():
        name = media.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
        if name in schemas:
            schemas[name]["additionalProperties"] = False


def _base64_in_json(operation: dict, schemas: dict) -> None:
    """A form's schema whose photos are bytes has a twin for JSON, where they are base64."""
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" not in content or "application/json" not in content:
        return
    name = content["application/json"].get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
    if name not in schemas:
        return
    twin = f"{name}Json"
    if twin not in schemas:
        schemas[twin] = _with_base64(copy.deepcopy(schemas[name]))
    content["application/json"]["schema"] = {"$ref": f"#/components/schemas/{twin}"}


def _with_base64(schema):
    if isinstance(schema, list):
        return [_with_base64(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "binary":
        text = f"{schema.get('description', '')} Base64, or a data: URL with base64.".strip()
        return {"type": "string", "contentEncoding": "base64", "description": text}
    return {name: _with_base64(value) for name, value in schema.items()}


def _add_examples(operation: dict, schemas: dict) -> None:
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    for body in bodies:
        for kind, media in body.get("content", {}).items():
            if kind in ("application/json", "multipart/form-data") and "examples" not in media:
                media.setdefault("example", example_of(media.get("schema", {}), schemas))
    for code, answer in operation["responses"].items():
        if "description" in answer and not answer["description"]:
            answer["description"] = HTTPStatus(int(code)).phrase
        media = answer.get("content", {}).get("application/json")
        if media and "examples" not in media:
            media.setdefault("example", example_of(media.get("schema", {}), schemas))
