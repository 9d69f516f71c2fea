"""What can be wrong with a submission, as API errors with a code, a status and a remedy."""

from rest_framework.exceptions import APIException

from faceverify.api.errors import Conflict

__all__ = ["Conflict", "ModelUnavailable", "PhotoRefused"]

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


class ModelUnavailable(APIException):
    status_code = 503
    default_code = "model_unavailable"
    default_detail = "The model cannot be read: ask whoever runs this server."
