"""Words of pages that depend on the reader's language."""

from django import template
from django.utils.translation import get_language

register = template.Library()


@register.filter
def in_sentence(label: str) -> str:
    """A label where a sentence goes on. English begins it with a small letter there; other languages have rules of their
    own, German keeps the capitals of nouns."""
    return str(label).lower() if (get_language() or "en").startswith("en") else str(label)
