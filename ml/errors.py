"""Errors that say what is wrong and what to do about it."""


class MlError(Exception):
    """Base class of the errors that this package raises on purpose.

    `code` is stable and machine-readable, `detail` says what happened, `remedy` what to do.
    """

    def __init__(self, code: str, detail: str, remedy: str = ""):
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.remedy = remedy

    def to_dict(self) -> dict:
        return {"code": self.code, "detail": self.detail, "remedy": self.remedy}


class ImageRefused(MlError):
    """A photo that cannot be used for a verdict. Permanent: the same photo would be refused again.

    `which` is "probe" or "reference" once that is known; `faces` lists the faces found, if any.
    """

    def __init__(self, code: str, detail: str, remedy: str = "", *, which=None, faces=()):
        super().__init__(code, detail, remedy)
        self.which = which
        self.faces = list(faces)

    def to_dict(self) -> dict:
        return super().to_dict() | {"which": self.which, "faces": self.faces}


class RateUnknown(ValueError):
    """A false-match rate for which the model has no operating point."""


class ArtifactError(MlError):
    """A model on disk that is missing, damaged, or made by a newer version."""


class DecodersBusy(MlError):
    """Too many photos are waiting for a decoder. The same photo can be read later."""
