"""Forms that hand in one photo with many others, and a group photo."""

import uuid

from django import forms

from ..comparisons.forms import STRICTNESS, PhotoField
from ..engine import ImageRefused
from ..uploads import MAX_TOTAL
from .services import MAX_PHOTOS

TOO_MUCH = f"All photos together are larger than {MAX_TOTAL // 2**20} MB: choose fewer at a time."


class ManyFilesInput(forms.FileInput):
    """Hands over the list of all files chosen."""

    allow_multiple_selected = True

    def value_from_datadict(self, data, files, name):
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class PhotosField(forms.Field):
    """The files of an input that takes several. What is inside each is judged one by one later."""

    widget = ManyFilesInput(attrs={"multiple": True, "accept": "image/*"})

    def clean(self, files):
        if not files:
            raise forms.ValidationError("Choose at least one photo to compare with.")
        if len(files) > MAX_PHOTOS:
            raise forms.ValidationError(
                f"These are {len(files)} photos. At most {MAX_PHOTOS} can be compared at a time: "
                "leave some out, or make several searches."
            )
        if any(getattr(file, "cut", False) for file in files):
            raise forms.ValidationError(TOO_MUCH)
        return files


class GroupForm(forms.Form):
    probe = PhotoField(label="Group photo")
    false_match_rate = forms.ChoiceField(
        label="How strict",
        choices=[(value, f"{name}: {odds}") for value, name, odds in STRICTNESS],
        initial="0.001",
        error_messages={
            "required": "Choose how strict the comparison should be.",
            "invalid_choice": "Choose one of the three settings.",
        },
    )
    title = forms.CharField(
        label="Title",
        required=False,
        max_length=200,
        error_messages={"max_length": "Use a title of at most 200 characters."},
    )
    submission_key = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["submission_key"].initial = lambda: str(uuid.uuid4())
        self.fields["title"].widget.attrs.update({"class": "input", "autocomplete": "off"})
        self.fields["probe"].widget.attrs.update({"accept": "image/*"})

    def submission(self) -> dict:
        """What the service takes, of a valid form."""
        data = self.cleaned_data
        return {
            "probe": data["probe"].read(),
            "probe_name": data["probe"].name,
            "title": data["title"],
            "false_match_rate": float(data["false_match_rate"]),
            "submission_key": data["submission_key"],
        }

    def add_refusal(self, error: ImageRefused) -> None:
        self.add_error("probe", f"{error.detail} {error.remedy}".strip())


class PhotosForm(GroupForm):
    photos = PhotosField(label="Photos to compare with")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["probe"].label = "Photo of the person"

    def submission(self) -> dict:
        photos = [(file.name, file.read()) for file in self.cleaned_data["photos"]]
        return super().submission() | {"photos": photos}
