"""Answers as clients of AWS read them: JSON 1.1."""

import json
from typing import Any

from django.http import HttpResponse

from accounts.audit.context import request_id

from .errors import AwsError

CONTENT_TYPE = "application/x-amz-json-1.1"
REQUEST_ID = "x-amzn-RequestId"


def response(data: dict[str, Any], status: int = 200) -> HttpResponse:
    body = json.dumps(data, separators=(",", ":"), allow_nan=False)
    headers = {REQUEST_ID: request_id()}
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE, headers=headers)


def error_response(error: AwsError) -> HttpResponse:
    answer = response(
        {"__type": error.code, "Code": error.code, "Message": error.message}, error.status
    )
    if error.retry_after is not None:
        answer["Retry-After"] = str(error.retry_after)
    return answer
