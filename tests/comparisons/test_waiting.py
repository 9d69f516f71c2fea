"""How long a page's script would have its answer held back"""

import pytest
from django.test import RequestFactory

from verification.comparisons.waiting import seconds_preferred


@pytest.mark.parametrize(
    ("preferred", "seconds"),
    [
        ("wait=1", 1.0),
        ("respond-async, wait=2", 2.0),
        ("wait=100", 2.0),
        ("wait=-1", 0.0),
        ("", 0.0),
    ],
)
def test_an_answer_is_held_back_as_long_as_preferred_and_two_seconds_at_most(preferred, seconds):
    request = RequestFactory().get("/", headers={"Prefer": preferred})

    assert seconds_preferred(request) == seconds
