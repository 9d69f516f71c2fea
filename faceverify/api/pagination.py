"""Pages of lists: cursors neither skip nor repeat a row when others are added or deleted."""

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError
from rest_framework import pagination
from rest_framework.exceptions import ValidationError


class CursorPagination(pagination.CursorPagination):
    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100

    def paginate_queryset(self, queryset, request, view=None):
        try:
            return super().paginate_queryset(queryset, request, view)
        except (
            ValueError,
            OverflowError,
            DataError,
            DjangoValidationError,
        ) as error:  # the cursor stands for a value that the column cannot have
            raise ValidationError(
                {"cursor": "Take the cursor from `next` or `previous` of an answer, unchanged."}
            ) from error


class NewestFirst(CursorPagination):
    ordering = ("-created_at", "-id")


class OldestFirst(CursorPagination):
    ordering = ("created_at", "id")


class MostSimilarFirst(CursorPagination):
    ordering = ("-similarity", "id")


class ByNumber(CursorPagination):
    """The lines of a list or the files of a ZIP, in their order."""

    ordering = ("number",)
    page_size = 100
    max_page_size = 1000
