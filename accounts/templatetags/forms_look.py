"""Styles the fields of the forms that come from allauth like those of our own forms."""

from django import template
from django.forms import BoundField
from django.forms.widgets import CheckboxInput, RadioSelect

register = template.Library()


@register.simple_tag
def styled(field: BoundField) -> BoundField:
    """The same field; a text-like widget gets the class of our inputs, and loses its placeholder,
    which only repeats the label."""
    attrs = field.field.widget.attrs
    if not isinstance(field.field.widget, (CheckboxInput, RadioSelect)):
        attrs["class"] = "input"
    attrs.pop("placeholder", None)
    return field
