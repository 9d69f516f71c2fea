"""What the viewsets of every application have in common."""

from rest_framework import viewsets
from rest_framework.response import Response

from .endpoint import Endpoint
from .pagination import NewestFirst
from .rates import SubmitRate


class OwnedViewSet(Endpoint, viewsets.GenericViewSet):
    """The rows of whoever asks, each by its id; anyone else's do not exist for them."""

    filter_backends: list = []
    pagination_class = NewestFirst
    lookup_value_converter = "uuid"
    # Actions whose POST hands in photos or a ZIP of them, which have a rate limit of their own.
    submit_actions: tuple[str, ...] = ()

    def get_throttles(self) -> list:
        throttles = super().get_throttles()
        if self.action in self.submit_actions and self.request.method == "POST":
            throttles.append(SubmitRate())
        return throttles

    def created(self, data, pk, status: int = 201) -> Response:
        """The answer with the address of what was made."""
        location = self.reverse_action("detail", kwargs={"pk": pk})
        return Response(data, status=status, headers={"Location": location})


def validated(serializer_class, request, **options) -> dict:
    """The data of a request's body. Raises ValidationError."""
    serializer = serializer_class(data=request.data, **options)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
