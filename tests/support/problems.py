"""What every error answer has to look like."""

MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}


def assert_problem(answer, status: int, code: str) -> dict:
    """The answer is problem+json with this status and code; its body."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"].startswith("application/problem+json")
    body = answer.json()
    assert body.keys() >= MEMBERS
    assert (body["status"], body["code"]) == (status, code)
    assert body["request_id"] == answer["X-Request-ID"]
    assert "Traceback" not in answer.content.decode()
    return body
