"""Messages of a webhook: only what the server signed, and signed lately, is taken for its message."""

import pytest
from faceverify_client import NotGenuine, verify_webhook

from verification.webhooks.signing import headers, new_secret

BODY = '{"type": "verification.completed", "data": {"outcome": "match"}}'
NOW = 1_800_000_000
SECRET, OTHER = new_secret(), new_secret()


def sent(*secrets, at=NOW):
    return headers(list(secrets), id="msg_1", timestamp=at, body=BODY)


@pytest.mark.parametrize("secrets", [[SECRET], [OTHER, SECRET]], ids=["one", "a new one beside it"])
@pytest.mark.parametrize("body", [BODY, BODY.encode()], ids=["text", "bytes"])
def test_what_the_server_sent_is_given(secrets, body):
    assert verify_webhook(SECRET, sent(*secrets), body, now=NOW)["data"] == {"outcome": "match"}


@pytest.mark.parametrize(
    ("found", "body", "secret", "why"),
    [
        (sent(OTHER), BODY, SECRET, "another one"),
        (sent(SECRET), BODY.replace("match", "no_match"), SECRET, "another one"),
        (sent(SECRET) | {"webhook-id": "msg_2"}, BODY, SECRET, "another one"),
        (sent(SECRET) | {"webhook-signature": "v1,ä"}, BODY, SECRET, "another one"),
        (sent(SECRET, at=NOW - 301), BODY, SECRET, "too old"),
        (sent(SECRET, at=NOW + 301), BODY, SECRET, "future"),
        (sent(SECRET) | {"webhook-timestamp": "soon"}, BODY, SECRET, "not a number"),
        ({}, BODY, SECRET, "webhook-id is missing"),
        (sent(SECRET), BODY, "not base64!", "whsec_"),
    ],
    ids=[
        "another secret",
        "another body",
        "another id",
        "no signature",
        "old",
        "from the future",
        "no time",
        "no headers",
        "not a secret",
    ],
)
def test_anything_else_is_not(found, body, secret, why):
    with pytest.raises(NotGenuine, match=why):
        verify_webhook(secret, found, body, now=NOW)
