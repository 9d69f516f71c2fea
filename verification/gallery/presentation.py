"""How the pages present people and their photos."""

from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext, gettext_lazy

from .. import engine
from ..photos.face_box import face_boxes
from ..photos.quality import quality_words
from .models import Anchor
from .selectors import anchor_photo_size

State = Anchor.State

GOOD, USABLE = 0.8, 0.4  # of `quality`; 1 is a photo that could not be better

# In the order of what `quality_words` measures: size, sharpness, light, pose.
ADVICE = (
    gettext_lazy("Use a photo on which the face is larger."),
    gettext_lazy("Use a sharper photo: hold still and focus on the face."),
    gettext_lazy("Use a photo with even light on the face, neither dark nor glaring."),
    gettext_lazy("Use a photo that faces the camera."),
)


@dataclass(frozen=True)
class AnchorCard:
    """One photo of a person."""

    anchor: Anchor
    cover_id: object = None

    @property
    def kind(self) -> str:
        """`waiting`, `ready`, `refused` or `failed`."""
        return self.anchor.state if self.anchor.is_finished else "waiting"

    @property
    def name(self) -> str:
        nameless = gettext("numbers") if self.anchor.is_numbers else gettext("photo")
        return self.anchor.file_name or nameless

    @property
    def picture(self) -> str:
        return "crop" if self.kind == State.READY else "image"

    @property
    def is_cover(self) -> bool:
        return self.cover_id == self.anchor.pk

    @property
    def label(self) -> str:
        if self.kind != State.READY:
            return {
                "waiting": gettext("Looking for the face"),
                "refused": gettext("Cannot be used"),
            }.get(self.kind, gettext("Failed"))
        if self.anchor.is_numbers:
            return gettext("Numbers")
        if self._is_good:
            return gettext("Good")
        return gettext("Usable") if (self.anchor.quality or 0) >= USABLE else gettext("Weak")

    @property
    def _is_good(self) -> bool:
        return self.anchor.is_numbers or (self.anchor.quality or 0) >= GOOD

    @property
    def tone(self) -> str:
        """The colour and sign of the label."""
        if self.kind != State.READY:
            return self.kind
        return "success" if self._is_good else "warning"

    @cached_property
    def quality(self) -> tuple:
        return quality_words(self.anchor.face.get("quality") or {})

    @property
    def advice(self) -> list[str]:
        """How a photo that is ready could be a better one."""
        measured = zip(ADVICE, self.quality, strict=False)  # of some photos nothing was measured
        return [str(advice) for advice, (_what, _words, fine) in measured if not fine]

    @property
    def is_outlier(self) -> bool:
        """Whether it looks like somebody else than the person's other photos."""
        return self.kind == State.READY and self.anchor.likeness == Anchor.Likeness.OUTLIER

    @property
    def can_choose(self) -> bool:
        return bool(self.anchor.faces_to_choose or self.anchor.other_faces)


class AnchorPhoto(AnchorCard):
    """One photo of a person with the faces found on it, as its own page shows it."""

    @cached_property
    def boxes(self) -> tuple:
        face = self.anchor.face if self.anchor.state == State.READY else {}
        found = [face, *self.anchor.other_faces] if face else self.anchor.refusal_faces
        return face_boxes(found, chosen=face)

    @cached_property
    def _size(self) -> tuple[int, int]:
        if self.anchor.is_numbers:
            return 150, 150  # of the picture that stands for a photo
        if size := self.anchor.face.get("image"):
            return size["width"], size["height"]
        return anchor_photo_size(anchor=self.anchor)

    @property
    def tone(self) -> str:
        return "warning" if self.is_lost else super().tone

    @property
    def is_lost(self) -> bool:
        """Whether it is an embedding of another model than the one in use, which cannot be compared and
        not be embedded again."""
        if not self.anchor.is_numbers:
            return False
        try:
            return self.anchor.model_sha256 != engine.model_identity().sha256
        except engine.ArtifactError:
            return False

    @property
    def width(self) -> int:
        return self._size[0]

    @property
    def height(self) -> int:
        return self._size[1]

    @property
    def turned(self) -> int:
        return self.anchor.face.get("turned", 0) if self.anchor.state == State.READY else 0
