"""Who may speak to the interface of Amazon Rekognition: signatures of real boto3, and broken ones"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from accounts.models import ApiKey
from accounts.services import api_key_revoke
from tests.support.faces import no_face
from tests.support.rekognition import REGION, access_key, boto, code_of, sent

BODY = b'{"Image":{"Bytes":""}}'


@pytest.fixture
def access(user):
    return access_key(user)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("here")]


def photo() -> dict[str, Any]:
    return {"Bytes": no_face()}


def signed(
    access, *, service="rekognition", region=REGION, path="/", body=BODY, **headers
) -> dict[str, Any]:
    """The header fields of a request as botocore signs it."""
    fields = {
        "Host": "testserver",
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "RekognitionService.DetectFaces",
    } | {name: value for name, value in headers.items() if value}
    request = AWSRequest("POST", f"http://testserver{path}", data=body, headers=fields)
    SigV4Auth(Credentials(access.id, access.secret), service, region).add_auth(request)
    return dict(request.headers.items())


def code(headers: dict[str, Any], body: bytes = BODY, path: str = "/") -> str:
    answer = sent("POST", f"http://testserver{path}", headers, body)
    assert answer.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert answer.status_code in (400, 413)
    return re.findall(rb'"__type":"(\w+)"', answer.content)[0].decode()


PASSES = "InvalidImageFormatException"  # what BODY is told once its signature is right


def test_the_signature_of_boto3_signs_a_program_in(access, user):
    assert boto(access).detect_faces(Image=photo())["FaceDetails"] == []

    key = ApiKey.objects.get()
    assert key.last_used_at
    assert key.last_used_address == "127.0.0.1"


@pytest.mark.parametrize("region", ["us-east-1", "ap-southeast-2"])
def test_every_region_will_do(access, region):
    assert code(signed(access, region=region)) == PASSES


@pytest.mark.parametrize("path", ["/faces", "/faces/"])
@pytest.mark.parametrize("taken_off", [True, False])
def test_the_site_may_lie_below_a_path_that_a_proxy_passes_on_or_takes_off(access, path, taken_off):
    raw = "/" if taken_off else path

    answer = sent(
        "POST",
        "http://testserver/",
        signed(access, path=path),
        BODY,
        RAW_URI=raw,
        SCRIPT_NAME="/faces",
    )

    assert PASSES.encode() in answer.content


def test_a_wrong_secret_is_refused(access):
    with pytest.raises(ClientError) as refused:
        boto(type(access)(access.id, "x" * 40)).detect_faces(Image=photo())

    assert code_of(refused) == "InvalidSignatureException"


@pytest.mark.parametrize("id", ["AKIAIOSFODNN7EXAMPLE", "FV" + "A" * 26, "FV"])
def test_an_unknown_key_is_refused(access, id):
    assert code(signed(type(access)(id, access.secret))) == "UnrecognizedClientException"


def test_a_revoked_key_is_refused_in_the_same_words(access):
    unknown = sent("POST", "http://testserver/", signed(type(access)("FV", "x")), BODY)
    api_key_revoke(key=ApiKey.objects.get())

    revoked = sent("POST", "http://testserver/", signed(access), BODY)

    assert revoked.content == unknown.content


def test_a_changed_body_is_refused(access):
    assert code(signed(access), BODY + b" ") == "InvalidSignatureException"


def test_a_body_that_was_cut_short_is_refused(access):
    assert code(signed(access), BODY[:-4]) == "InvalidSignatureException"


@pytest.mark.parametrize("claim", ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"])
def test_a_payload_that_is_not_signed_is_refused(access, claim):
    headers = signed(access, **{"X-Amz-Content-SHA256": claim})

    assert code(headers) == "InvalidSignatureException"


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_request_of_another_time_is_refused(access, monkeypatch, minutes):
    then = datetime.now(UTC) + timedelta(minutes=minutes)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: then)

    assert code(signed(access)) == "InvalidSignatureException"


def test_temporary_credentials_are_refused(access):
    with pytest.raises(ClientError) as refused:
        boto(access, token="a token").detect_faces(Image=photo())

    assert code_of(refused) == "UnrecognizedClientException"


def test_a_signature_for_another_service_is_refused(access):
    assert code(signed(access, service="s3")) == "InvalidSignatureException"


@pytest.mark.parametrize("name", ["Host", "X-Amz-Date", "X-Amz-Target"])
def test_what_says_where_when_and_what_has_to_be_signed(access, name):
    headers = signed(access)
    part = f"{name.lower()};" if name != "X-Amz-Target" else f";{name.lower()}"
    headers["Authorization"] = headers["Authorization"].replace(part, "")

    assert code(headers) == "InvalidSignatureException"


def test_another_operation_than_the_signed_one_is_refused(access):
    headers = signed(access) | {"X-Amz-Target": "RekognitionService.CompareFaces"}

    assert code(headers) == "InvalidSignatureException"


def test_without_a_signature_nothing_is_answered(access):
    headers = {k: v for k, v in signed(access).items() if k != "Authorization"}

    assert code(headers) == "MissingAuthenticationTokenException"


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer fv_x",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=,,,=",
    ],
)
def test_what_is_no_signature_is_told_so(access, authorization):
    headers = signed(access) | {"Authorization": authorization}

    assert code(headers) == "IncompleteSignatureException"


def test_a_date_that_is_none_is_told_so(access):
    assert (
        code(signed(access) | {"X-Amz-Date": "20261399T000000Z"}) == "IncompleteSignatureException"
    )


def test_a_key_needs_the_scope_of_the_operation(user):
    with pytest.raises(ClientError) as refused:
        boto(access_key(user, scopes=["gallery:read"])).detect_faces(Image=photo())

    assert code_of(refused) == "AccessDeniedException"


def test_an_operation_that_is_not_there_is_told_so(access):
    headers = signed(access, **{"X-Amz-Target": "RekognitionService.DetectLabels"})

    assert code(headers) == "UnknownOperationException"
    assert code(signed(access, **{"X-Amz-Target": "S3.Get"})) == "UnknownOperationException"


def test_a_body_of_more_than_16_mb_is_refused(access):
    body = b'{"Image":{"Bytes":"' + b"A" * 16 * 1024**2 + b'"}}'

    assert code(signed(access, body=body), body) == "RequestEntityTooLargeException"


@pytest.mark.parametrize("body", [b"{", b"[]", b'"a"', b"\xff", b'{"Image": NaN}', b"[" * 100_000])
def test_a_body_that_is_no_json_is_told_so(access, body):
    assert code(signed(access, body=body), body) == "SerializationException"


def test_the_home_page_stays_where_it_is(anonymous):
    assert anonymous.get("/").status_code == 200
    assert b"__type" not in anonymous.post("/").content


def test_where_it_is_switched_off_nothing_answers(access, settings):
    settings.FACEVERIFY_REKOGNITION = False

    for path in ("/", "/rekognition/"):
        answer = sent("POST", f"http://testserver{path}", signed(access), BODY)
        assert answer.status_code in (403, 404, 405)


def test_what_a_client_cannot_read_is_put_into_its_words(access):
    headers = signed(access) | {"Host": "elsewhere.example.org"}

    answer = sent("POST", "http://elsewhere.example.org/", headers, BODY)

    assert answer.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert b'"__type":"InvalidParameterException"' in answer.content


def test_rates_are_limited_as_those_of_the_api(access, monkeypatch):
    monkeypatch.setattr("faceverify.api.rates.KeyRate.rate", "1/min", raising=False)
    boto(access).detect_faces(Image=photo())

    with pytest.raises(ClientError) as refused:
        boto(access).detect_faces(Image=photo())

    assert code_of(refused) == "ProvisionedThroughputExceededException"
    assert refused.value.response["ResponseMetadata"]["HTTPHeaders"]["retry-after"]
