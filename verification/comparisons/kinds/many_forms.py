"""Forms that hand in one photo with many others, and a group photo."""

from django import forms

from ...photos.forms import ACCEPT, PhotoField
from ...photos.uploads import MAX_TOTAL
from ..forms import ProbeForm
from .many_submit import MAX_PHOTOS

TOO_MUCH = f"All photos together are larger than {MAX_TOTAL // 2**20} MB: choose fewer at a time."


class ManyFilesInput(forms.FileInput):
    """Hands over the list of all files chosen."""

    allow_multiple_selected = True

    def value_from_datadict(self, data, files, name):
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class PhotosField(forms.Field):
    """The files of an input that takes several. What is inside each is judged one by one later."""

    widget = ManyFilesInput(attrs={"multiple": True, "accept": ACCEPT})

    def clean(self, files):
        if not files:
            raise forms.ValidationError("Choose at least one photo to compare with.")
        if len(files) > MAX_PHOTOS:
            raise forms.ValidationError(
                f"These are {len(files)} photos. At most {MAX_PHOTOS} can be compared at a time: "
                "leave some out, or make several searches."
            )
        if any(getattr(file, "truncated", False) for file in files):
            raise forms.ValidationError(TOO_MUCH)
        return files


class GroupForm(ProbeForm):
    probe = PhotoField(label="Group photo")


class PhotosForm(ProbeForm):
    probe = PhotoField(label="Photo of the person")
    photos = PhotosField(label="Photos to compare with")

    def submission(self) -> dict:
        photos = [(file.name, file.read()) for file in self.cleaned_data["photos"]]
        return super().submission() | {"photos": photos}
