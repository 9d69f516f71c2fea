"""Header fields such as `multipart/form-data; boundary=...` are read some fifteen times in a request.

Django has Python's parser for mail read them, which takes ten times as long for a plain one as is needed.
"""

import re
from typing import Any

import django.http.multipartparser
import django.http.request
import rest_framework.renderers
import rest_framework.request
import rest_framework.utils.mediatypes
from django.utils.http import parse_header_parameters

# Nothing that is escaped, continued (RFC 2231), or outside of ASCII.
NAME = r"[\w-]+"
VALUE = r'(?:"[^"\\]*"|[\w!#$%&\'+.^`|~/-]+)'
PARAMETER = re.compile(rf"[ \t]*;[ \t]*({NAME})=({VALUE})", re.ASCII)
MAIN = r"[\w.+/-]+(?::[ \t]*[\w.+/-]+)?"  # with its name, where a part of a form has it
PLAIN = re.compile(rf"[ \t]*({MAIN})((?:[ \t]*;[ \t]*{NAME}={VALUE})+)[ \t]*", re.ASCII)
USED_BY: tuple[Any, ...] = (
    django.http.multipartparser,
    django.http.request,
    rest_framework.renderers,
    rest_framework.request,
    rest_framework.utils.mediatypes,
)


def parsed(line: str) -> tuple[str, dict[str, str]]:
    """As `parse_header_parameters` of Django, which reads what is not plain."""
    plain = PLAIN.fullmatch(line) if line and line.isascii() else None
    if plain is None:
        return parse_header_parameters(line)
    found = PARAMETER.findall(plain[2])
    parameters = {name.lower(): value.strip('"') for name, value in found}
    if len(parameters) < len(found):  # one is there twice
        return parse_header_parameters(line)
    return plain[1].lower(), parameters


def install() -> None:
    """Have Django and its REST framework use it."""
    for module in USED_BY:
        module.parse_header_parameters = parsed
