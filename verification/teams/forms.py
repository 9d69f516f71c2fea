"""The forms of a gallery's team."""

from django import forms
from django.utils.translation import gettext_lazy

from ..gallery.gallery_models import Role

# What each role may do, in one line.
MAY = {
    Role.VIEWER: gettext_lazy("Viewer: see people and photos, and compare with them"),
    Role.REVIEWER: gettext_lazy(
        "Reviewer: also confirm photos, and say that two people are not the same"
    ),
    Role.EDITOR: gettext_lazy("Editor: also add, change, delete, import and export"),
    Role.OWNER: gettext_lazy("Owner: also invite, set roles, erase people and set thresholds"),
}
ROLES = [(str(role), may) for role, may in MAY.items()]


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("Email address"),
        max_length=254,
        error_messages={
            "required": gettext_lazy("Give the address of whom you invite."),
            "invalid": gettext_lazy("This is not an email address."),
        },
        widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=ROLES,
        initial=str(Role.VIEWER),
        error_messages={"invalid_choice": gettext_lazy("Choose from the list.")},
        widget=forms.Select(attrs={"class": "input"}),
    )
