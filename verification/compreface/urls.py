"""Addresses below /api/v1/, each with and without a slash at its end."""

from django.urls import re_path

from . import faces, looking, numbers, subjects

app_name = "compreface"

ID = "(?P<id>[^/]+)"
ADDRESSES = {
    "subjects": ("recognition/subjects", subjects.SubjectsView),
    "faces": ("recognition/faces", faces.FacesView),
    "faces-deletion": ("recognition/faces/delete", faces.FacesDeletionView),
    "face-verification": (f"recognition/faces/{ID}/verify", looking.FaceVerificationView),
    "recognition": ("recognition/recognize", looking.RecognitionView),
    "detection": ("detection/detect", looking.DetectionView),
    "verification": ("verification/verify", looking.VerificationView),
    "numbers-recognition": ("recognition/embeddings/recognize", numbers.NumbersRecognitionView),
    "numbers-face-verification": (
        f"recognition/embeddings/faces/{ID}/verify",
        numbers.NumbersFaceVerificationView,
    ),
    "numbers-verification": ("verification/embeddings/verify", numbers.NumbersVerificationView),
    "face": (f"recognition/faces/{ID}", faces.FaceView),
    "face-image": (f"recognition/faces/{ID}/img", faces.FaceImageView),
}
urlpatterns = [
    *(
        re_path(f"^{path}/?$", view.as_view(), name=name)
        for name, (path, view) in ADDRESSES.items()
    ),
    # A name may have slashes in it, so the one at the end is looked at where the name is.
    re_path("^recognition/subjects/(?P<name>.+)$", subjects.SubjectView.as_view(), name="subject"),
]
