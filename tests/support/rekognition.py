"""Real boto3 whose requests go to Django within the test's process, or over the network to a server; botocore's
model judges every answer."""

import json
import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.model import Shape
from botocore.validate import ParamValidator
from django.test import Client

from tests.support.present import present
from tests.support.servers import Site

REGION = "eu-central-1"
# Of every operation, whatever its model says: https://docs.aws.amazon.com/rekognition/latest/APIReference/CommonErrors.html
COMMON_ERRORS = {
    "MissingAuthenticationTokenException",
    "IncompleteSignatureException",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "AccessDeniedException",
    "SerializationException",
    "RequestEntityTooLargeException",
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "InternalServerError",
}


class Access(NamedTuple):
    id: str
    secret: str


def access_key(user: Any, **options: Any) -> Access:
    """That of a new API key, made with these options."""
    from accounts.access_keys import pair_of
    from accounts.services import api_key_create

    access = present(pair_of(api_key_create(owner=user, name="program", **options)[0]))
    return Access(access.id, access.secret)


def boto(
    access: Access | None = None,
    *,
    url: str = "",
    region: str = REGION,
    token: str | None = None,
    checked: bool = True,
) -> Any:
    """A client whose answers are judged. Without `url` it speaks to Django itself; `checked`: as boto3 does
    by default, parameters are checked before they are sent."""
    client = boto3.client(
        "rekognition",
        endpoint_url=url or "http://testserver",
        region_name=region,
        aws_access_key_id=access.id if access else "FV" + "A" * 26,
        aws_secret_access_key=access.secret if access else "wrong",
        aws_session_token=token,
        config=Config(
            retries={"total_max_attempts": 1}, parameter_validation=checked, read_timeout=90
        ),
    )
    if not url:
        client.meta.events.register("before-send.rekognition", _to_django)

    def judge(http_response: AWSResponse, model: Any, **_kwargs: Any) -> None:
        judge_answer(http_response, model)

    client.meta.events.register("after-call.rekognition", judge)
    return client


def _to_django(request: AWSPreparedRequest, **_kwargs: Any) -> AWSResponse:
    return sent(request.method, request.url, dict(request.headers.items()), request.body)


def sent(
    method: str, url: str, headers: dict[str, Any], body: bytes, **environ: Any
) -> AWSResponse:
    """A request carried out by Django; `environ`: what the server adds."""
    parts = urlsplit(url)
    texts = {
        name: value.decode() if isinstance(value, bytes) else str(value)
        for name, value in headers.items()
    }
    kind = texts.pop("Content-Type", "")
    answer = Client(raise_request_exception=False).generic(
        method,
        parts.path or "/",
        body,
        content_type=kind,
        headers=texts | {"Host": parts.netloc},
        **environ,
    )
    raw = AWSResponse(url, answer.status_code, dict(answer.headers.items()), None)
    raw._content = answer.content
    return raw


def judge_answer(response: AWSResponse, model: Any) -> None:
    """Fail unless the answer is one that the operation's model allows."""
    assert response.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert re.fullmatch("[0-9a-f-]{36}", response.headers["x-amzn-RequestId"])
    said = json.loads(response.content)
    if response.status_code != 200:
        allowed = COMMON_ERRORS | {shape.name for shape in model.error_shapes}
        assert said["__type"] in allowed, (model.name, said)
        assert said["Code"] == said["__type"] and said["Message"]
        assert 400 <= response.status_code < 600
        return
    report = ParamValidator().validate(said, model.output_shape)
    assert not report.has_errors(), (model.name, report.generate_report())
    _judge(said, model.output_shape, model.name)


def _judge(value: Any, shape: Shape, where: str) -> None:
    """What botocore's validator leaves out: nulls, unknown members, patterns, values and maxima."""
    assert value is not None, where
    if shape.type_name == "structure":
        assert set(value) <= set(shape.members), (where, set(value) - set(shape.members))
        for name, inner in value.items():
            _judge(inner, shape.members[name], f"{where}.{name}")
    elif shape.type_name == "list":
        assert len(value) <= shape.metadata.get("max", len(value)), where
        for inner in value:
            _judge(inner, shape.member, where)
    elif shape.type_name == "string":
        pattern, values = shape.metadata.get("pattern"), getattr(shape, "enum", None)
        assert not pattern or re.fullmatch(pattern, value), (where, value)
        assert not values or value in values, (where, value)
        assert len(value) <= shape.metadata.get("max", len(value)), (where, value)
    elif shape.type_name == "float":
        assert value <= shape.metadata.get("max", value), (where, value)


def code_of(error: Any) -> str:
    """The code of a ClientError that pytest caught."""
    return error.value.response["Error"]["Code"]


def access_key_at(place: Site) -> tuple[Access, str]:
    """The access key of a new account of a site, and its API key."""
    words = place.run(
        "manage.py", "shell", "--no-imports", "-c",
        "from uuid import uuid4; from accounts.models import User\n"
        "from accounts.access_keys import pair_of; from accounts.services import api_key_create\n"
        "user = User.objects.create_user(f'{uuid4().hex}@example.org', None)\n"
        "key, secret = api_key_create(owner=user, name='program')\n"
        "print(pair_of(key).id, pair_of(key).secret, secret)",
    ).split()  # fmt: skip
    return Access(words[0], words[1]), words[2]
