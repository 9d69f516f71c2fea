"""Examples for the description of the API, generated from the schemas so that they stay correct."""

from http import HTTPStatus

ID = "0b0f5d0e-6f4e-4b8e-9d57-3d1c2f6f1a11"
TIME = "2026-11-25T09:30:00Z"
REQUEST_ID = "5f0c9e43-2f64-4c36-8f0e-0a4f0d7c9b21"
PROBLEMS = {
    400: ("invalid", "The request has errors: see `errors`."),
    401: ("invalid_api_key", "This API key is not valid: it may be mistyped, revoked or expired."),
    403: ("missing_scope", "This API key lacks the scope “gallery:write”."),
    404: ("not_found", "Not found."),
    406: ("not_acceptable", "Could not satisfy the request Accept header."),
    409: ("conflict", "This has changed in the meantime: read it again."),
    412: (
        "precondition_failed",
        "This has changed since you read it: read it again before you change it.",
    ),
    413: ("image_too_large", "The file is larger than 20 MB."),
    415: ("unsupported_media_type", "Unsupported media type “text/csv” in request."),
    422: ("image_truncated", "The photo's file ends too early."),
    429: ("throttled", "Request was throttled. Expected available in 12 seconds."),
    503: (
        "database_unavailable",
        "The database cannot be reached at the moment, or is busy.",
    ),
    507: ("storage_full", "The server has no room to store anything more at the moment."),
}
MEMBERS: dict[int, dict] = {
    400: {"errors": {"name": [{"detail": "This field is required.", "code": "required"}]}},
    403: {"required_scopes": ["gallery:write"]},
    413: {
        "remedy": "Save the photo as a JPEG or at a smaller size.",
        "errors": {
            "probe": [{"detail": "The file is larger than 20 MB.", "code": "image_too_large"}]
        },
    },
    422: {
        "remedy": "Send the whole file again.",
        "errors": {
            "probe": [{"detail": "The photo's file ends too early.", "code": "image_truncated"}]
        },
    },
}
# Strings by the name of their field.
TEXTS: dict[str, str | None] = {
    "name": "Ada Lovelace",
    "person_name": "Ada Lovelace",
    "title": "Front desk",
    "file_name": "ada.jpg",
    "probe_name": "visitor.jpg",
    "reference_name": "passport.jpg",
    "probe_from": f"verification:{ID}:probe",
    "reference_from": f"anchor:{ID}",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "summary": "Ada Lovelace was deleted.",
    "version": "1.0.0",
    "prefix": "Zx3kQ9aB",
    "secret": "fv_Zx3kQ9aB...",
    "consent_given_by": "Ada Lovelace",
    "consent_for": "Entry to the office",
    "note": "Works on the second floor.",
    "next": "https://example.org/api/v1/people/?cursor=cD0yMDI2",
    "previous": None,
    "last_used_address": "192.0.2.7",
    "url": "https://example.org/hook",
    "license": "CC0-1.0",
    "probe": "data:image/jpeg;base64,/9j/4AAQ...",
    "reference": "data:image/jpeg;base64,/9j/4AAQ...",
    "image": "data:image/jpeg;base64,/9j/4AAQ...",
}
NUMBERS = {
    "similarity": 0.91,
    "confidence": 0.98,
    "probability": 0.98,
    "threshold": 0.638,
    "low": 0.406,
    "no_match_chance": 0.1,
    "high": 0.638,
    "false_match_rate": 0.001,
    "quality": 0.87,
}
FORMATS: dict[str, str | None] = {
    "uuid": ID,
    "date-time": TIME,
    "date": TIME[:10],
    "uri": "https://example.org/",
}


def problem_example(status: int) -> dict:
    code, detail = PROBLEMS.get(status, ("internal_error", "Something went wrong on our side."))
    return {
        "type": f"urn:faceverify:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": REQUEST_ID,
        **MEMBERS.get(status, {}),
    }


def example_of(schema: dict, schemas: dict, name: str = ""):
    """A value that the schema allows, for a field of this name."""
    if name == "leaning":
        return None  # the example is a match, which does not lean
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas, name)
    for combined in ("allOf", "oneOf", "anyOf"):
        if combined in schema:
            return example_of(schema[combined][0], schemas, name)
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    type = schema.get("type", "object" if "properties" in schema else "null")
    if isinstance(type, list):
        type = type[0]
    if type == "object":
        return {
            field: example_of(part, schemas, field)
            for field, part in schema.get("properties", {}).items()
        }
    if type == "array":
        item = example_of(schema.get("items", {}), schemas, name)
        return [item] * max(1, schema.get("minItems", 1))
    return {
        "integer": schema.get("minimum", 1),
        "number": NUMBERS.get(name, schema.get("minimum", 0.5)),
        "boolean": True,
        "string": FORMATS.get(schema.get("format", ""), TEXTS.get(name, "text")),
    }.get(type)
