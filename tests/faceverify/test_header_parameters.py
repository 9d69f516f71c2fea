"""Header fields are read as Django reads them, only sooner."""

import django.http.multipartparser
import pytest
from django.utils.http import parse_header_parameters
from hypothesis import given
from hypothesis import strategies as st

from faceverify.header_parameters import PLAIN, USED_BY, parsed

PLAIN_ONES = [
    "multipart/form-data; boundary=----WebKitFormBoundary7MA4",
    'Content-Disposition: form-data; name="probe"; filename="me; you.jpg"',
    "application/json;charset=UTF-8",
    'form-data; name=""; filename="<me>.jpg"',
    "image/JPEG; Q=0.5",
]
OTHERS = [
    "",
    "image/jpeg",
    'form-data; name="a\\"b"',
    "form-data; filename*=utf-8''na%C3%AFve.jpg",
    'form-data; filename*0="na"; filename*1="me"',
    'form-data; filename="naïve.jpg"',
    "form-data; name=a; name=b",
    "form-data; name",
    "form-data; name=<a>",
    ";;;",
]
PIECES = st.sampled_from(
    ["form-data", "a/b", "X:", ";", "; ", "name", "a-B", "=", '"', "a.jpg", "*", "<", ">", "\\", "'", " ", "\t", "é"]
)  # fmt: skip


@pytest.mark.parametrize("line", PLAIN_ONES)
def test_a_plain_field_is_read_without_the_parser_for_mail(line):
    assert PLAIN.fullmatch(line)

    assert parsed(line) == parse_header_parameters(line)


@pytest.mark.parametrize("line", OTHERS)
def test_whatever_is_not_plain_is_left_to_django(line):
    assert parsed(line) == parse_header_parameters(line)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_no_field_is_read_otherwise_than_by_django(line):
    assert parsed(line) == parse_header_parameters(line)


def test_django_and_its_rest_framework_use_it():
    assert django.http.multipartparser in USED_BY
    assert all(module.parse_header_parameters is parsed for module in USED_BY)
