"""What can be wrong with a submission, as API errors with a code, a status and a remedy."""

from rest_framework.exceptions import APIException

from rest.errors import Conflict

__all__ = ["Conflict", "PhotoRefused"]

STATUS_OF_REFUSAL = {"image_too_large": 413, "unsupported_format": 415, "animated_image": 415}


class PhotoRefused(APIException):
    """A photo that cannot be stored, and the field it came in."""

    def __init__(self, refusal):
        super().__init__(refusal.detail, code=refusal.code)
        self.status_code = STATUS_OF_REFUSAL.get(refusal.code, 422)
        self.members = {
            "remedy": refusal.remedy,
            "errors": {refusal.which: [{"detail": refusal.detail, "code": refusal.code}]},
        }
