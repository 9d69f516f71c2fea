"""Errors by the codes of Amazon Rekognition, which its clients know.

The messages are for programs and stay English.
"""

from typing import ClassVar

NO_FACES = "There are no faces in the image. Should be at least 1."


class AwsError(Exception):
    """An answer that is an error. `retry_after`: in so many seconds it may have passed."""

    code: ClassVar[str]
    status: ClassVar[int] = 400

    def __init__(self, message: str, retry_after: int | None = None):
        super().__init__(message)
        self.message, self.retry_after = message, retry_after


class MissingAuthenticationToken(AwsError):
    code = "MissingAuthenticationTokenException"


class IncompleteSignature(AwsError):
    code = "IncompleteSignatureException"


class UnrecognizedClient(AwsError):
    code = "UnrecognizedClientException"


class InvalidSignature(AwsError):
    code = "InvalidSignatureException"


class AccessDenied(AwsError):
    code = "AccessDeniedException"


class UnknownOperation(AwsError):
    code = "UnknownOperationException"


class NotReadable(AwsError):
    """The body is no JSON, or a member has another type than the operation's."""

    code = "SerializationException"


class RequestTooLarge(AwsError):
    code = "RequestEntityTooLargeException"
    status = 413


class InvalidParameter(AwsError):
    code = "InvalidParameterException"


class InvalidImageFormat(AwsError):
    code = "InvalidImageFormatException"


class ImageTooLarge(AwsError):
    code = "ImageTooLargeException"


class InvalidS3Object(AwsError):
    code = "InvalidS3ObjectException"


class ResourceNotFound(AwsError):
    code = "ResourceNotFoundException"


class ResourceAlreadyExists(AwsError):
    code = "ResourceAlreadyExistsException"


class Conflict(AwsError):
    code = "ConflictException"


class InvalidPaginationToken(AwsError):
    code = "InvalidPaginationTokenException"


class IdempotentParameterMismatch(AwsError):
    code = "IdempotentParameterMismatchException"


class QuotaExceeded(AwsError):
    """The account's storage has no room."""

    code = "ServiceQuotaExceededException"


class TooManyRequests(AwsError):
    """A rate limit. Clients try again by themselves."""

    code = "ProvisionedThroughputExceededException"


class Throttled(AwsError):
    """Nobody had time for the request. Clients try again by themselves."""

    code = "ThrottlingException"
    status = 503


class InternalError(AwsError):
    code = "InternalServerError"
    status = 500
