"""Stored sentences in templates: `{{ photo.refusal_detail|said }}`. In every template, without `load`."""

from django import template

from ..text.sentences import said

register = template.Library()
register.filter("said", said)
