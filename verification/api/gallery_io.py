"""/api/v1/imports/ and /api/v1/exports/"""

from contextlib import suppress
from io import BytesIO

from django.db.models import QuerySet
from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.api.viewsets import OwnedViewSet, validated
from faceverify.api.errors import problems
from faceverify.api.pagination import ByNumber
from faceverify.api.parsers import LimitedJSONParser
from faceverify.api.unknown import refuse_unknown_fields

from ..gallery.gallery_models import Role
from ..gallery_io import selectors, services
from ..gallery_io.downloads import export_zip
from ..gallery_io.models import GalleryExport, GalleryImport, ImportedFile
from ..gallery_io.sources.base import SourceRefused
from ..gallery_io.sources.services import import_from_compreface
from ..gallery_io.uploads import StoredUpload, Uploads, stored_in_parts
from ..photos.uploads import ARCHIVE
from ..photos.zip_reader import ArchiveRefused
from ..text.sentences import said
from .galleries import IN_GALLERY, OF_GALLERY, gallery_asked, gallery_filter
from .photos import BytesField, from_base64
from .selection import MOST, all_there
from .serializers import JobSerializer, refusal_of
from .zips import ZIP_ANY_WAY, zip_request

HOW = "Send a ZIP in this field; in JSON as base64, or as a data: URL with base64."


class ArchiveNotTaken(APIException):
    def __init__(self, refusal: ArchiveRefused):
        super().__init__(refusal.detail, code=refusal.code)
        self.status_code = 413 if refusal.code == "archive_too_large" else 422
        self.members = {"remedy": refusal.remedy}


class SourceNotTaken(APIException):
    status_code = 422

    def __init__(self, refusal: SourceRefused):
        super().__init__(said(refusal.detail), code=refusal.code)
        self.members = {"remedy": said(refusal.remedy)}


class CompreFaceSerializer(serializers.Serializer):
    """The body of an import from a running CompreFace."""

    address = serializers.CharField(help_text="For example https://faces.example.org:8000")
    api_key = serializers.CharField(
        help_text="The key of a recognition service. It is stored encrypted until the photos are here."
    )


class ArchiveSerializer(serializers.Serializer):
    """The body of a new import."""

    archive = BytesField(help_text="A ZIP with a folder for each person.")


class ArchiveRefusalSerializer(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()
    remedy = serializers.CharField()


class ProgressSerializer(serializers.Serializer):
    """Files so far. Those in `looking` are added, but their faces are not detected yet."""

    added = serializers.IntegerField()
    present = serializers.IntegerField()
    refused = serializers.IntegerField()
    looking = serializers.IntegerField()


class ImportSerializer(JobSerializer):
    """`total` is null until the files are counted; `refusal` is the reason if nothing was added."""

    progress = serializers.SerializerMethodField()
    refusal = serializers.SerializerMethodField()

    class Meta:
        model = GalleryImport
        fields = (
            "id", "gallery", "state", "source", "file_name", "size", "total", "people_added", "progress",
            "refusal",
            "failure", "created_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, row: GalleryImport) -> dict:
        return ProgressSerializer(selectors.import_progress(job=row)).data

    @extend_schema_field(ArchiveRefusalSerializer(allow_null=True))
    def get_refusal(self, row: GalleryImport) -> dict | None:
        return refusal_of(row)


class ImportedFileSerializer(serializers.ModelSerializer):
    class Meta:
        model = ImportedFile
        fields = (
            "number", "path", "person_name", "outcome", "code", "detail", "remedy", "anchor",
        )  # fmt: skip
        read_only_fields = fields


class LeftOutSerializer(serializers.Serializer):
    """A photo that an export lacks because its stored file cannot be read."""

    person = serializers.CharField(help_text="The person's name.")
    photo = serializers.CharField(help_text="The photo's file name.")
    added = serializers.DateField(help_text="The day on which it was added.")
    reason = serializers.CharField()


class ExportSerializer(JobSerializer):
    """`download` is null until the ZIP is there, and again when its time is over. Photos that could
    not be read are counted by `left_out_count`; `left_out` names the first 100, and the file
    left-out.csv in the ZIP all of them."""

    left_out = LeftOutSerializer(many=True, read_only=True)
    download = serializers.SerializerMethodField()

    class Meta:
        model = GalleryExport
        fields = (
            "id", "gallery", "state", "size", "written", "total", "left_out_count", "left_out", "download",
            "failure", "created_at", "finished_at", "expires_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_download(self, row: GalleryExport) -> str | None:
        if not row.is_fetchable:
            return None
        return reverse(
            "api:export-download", kwargs={"pk": row.pk}, request=self.context.get("request")
        )


def _of_gallery(rows: QuerySet, request) -> QuerySet:
    gallery = gallery_filter(request)
    return rows if gallery is None else rows.filter(gallery=gallery)


class ImportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnedViewSet):
    """ZIPs of photos that a worker adds to one of the caller's galleries."""

    of_one_gallery = True
    read_scope, write_scope = "gallery:read", "gallery:write"
    queryset = GalleryImport.objects.none()
    serializer_class = ImportSerializer
    submit_actions = ("create", "compreface")
    with_body = ("create", "compreface")
    parser_classes = ZIP_ANY_WAY
    parameters = {
        "list": ("gallery",),
        "create": ("gallery",),
        "compreface": ("gallery",),
        "files": ("outcome",),
    }

    def get_queryset(self):
        return _of_gallery(selectors.import_list(owner=self.owner), self.request)

    @extend_schema(parameters=[IN_GALLERY])
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)

    uploads: Uploads

    def dispatch(self, request, *args, **kwargs):
        with stored_in_parts(request) as self.uploads:
            return super().dispatch(request, *args, **kwargs)

    def archive_from(self, stream) -> StoredUpload:
        return self.uploads.store(stream, owner_id=self.owner.pk)

    @extend_schema(
        description="Add the photos of a ZIP. A folder stands for the person of that name, who is "
        "created if there is none; photos that the person has already are not added again. The ZIP "
        "may be the body itself.",
        request=zip_request(ArchiveSerializer),
        parameters=[OF_GALLERY],
        responses={202: ImportSerializer, **problems(422)},
    )
    def create(self, request):
        gallery = gallery_asked(request, Role.EDITOR)
        refuse_unknown_fields(ArchiveSerializer(), request)
        archive = request.data.get(ARCHIVE) if hasattr(request.data, "get") else None
        if isinstance(archive, str) and not isinstance(request.data, QueryDict):
            with suppress(ValueError):
                archive = self.archive_from(BytesIO(from_base64(archive)))
        if not isinstance(archive, StoredUpload):
            raise ValidationError({ARCHIVE: HOW})
        try:
            self.uploads.check_one()
            made = services.import_create(owner=self.owner, gallery=gallery, archive=archive)
        except ArchiveRefused as refusal:
            raise ArchiveNotTaken(refusal) from refusal
        return self._accepted(made.pk)

    @extend_schema(
        description="Add all subjects and photos of a running CompreFace, which is only read. Servers that are not on "
        "the open Internet have to be allowed by whoever runs this site.",
        request=CompreFaceSerializer,
        parameters=[OF_GALLERY],
        responses={202: ImportSerializer, **problems(422)},
    )
    @action(detail=False, methods=["post"], parser_classes=[MultiPartParser, LimitedJSONParser])
    def compreface(self, request):
        gallery = gallery_asked(request, Role.EDITOR)
        data = validated(CompreFaceSerializer, request)
        try:
            made = import_from_compreface(owner=self.owner, gallery=gallery, **data)
        except SourceRefused as refusal:
            raise SourceNotTaken(refusal) from refusal
        return self._accepted(made.pk)

    @extend_schema(
        description="Delete the report, and stop the import if it is running. What it added stays."
    )
    def destroy(self, request, pk):
        services.import_delete(job=self.get_object())
        return Response(status=204)

    @extend_schema(
        operation_id="imports_files_retrieve",
        description="The result of each file, in the order of the ZIP.",
        parameters=[
            OpenApiParameter("outcome", OpenApiTypes.STR, enum=ImportedFile.Outcome.values)
        ],
        responses={200: ImportedFileSerializer(many=True)},
    )
    @action(detail=True, methods=["get"], pagination_class=ByNumber)
    def files(self, request, pk):
        outcome = request.query_params.get("outcome", "")
        if outcome and outcome not in ImportedFile.Outcome.values:
            raise ValidationError(
                {"outcome": f"Give one of {', '.join(ImportedFile.Outcome.values)}."}
            )
        files = selectors.import_files(job=self.get_object(), outcome=outcome)
        page = self.paginate_queryset(files)
        return self.get_paginated_response(ImportedFileSerializer(page, many=True).data)

    @extend_schema(
        description="Resume a failed import where it stopped.",
        request=None,
        responses={202: ImportSerializer},
    )
    @action(detail=True, methods=["post"])
    def retry(self, request, pk):
        services.import_retry(job=self.get_object())
        return self._accepted(pk)

    def _accepted(self, pk) -> Response:
        job = selectors.import_get(owner=self.owner, id=pk)
        return self.created(self.get_serializer(job).data, pk, status=202)


class ExportRequestSerializer(serializers.Serializer):
    """Whose photos; without it the whole gallery's."""

    people = serializers.ListField(
        child=serializers.UUIDField(), required=False, allow_empty=False, max_length=MOST
    )


class ExportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnedViewSet):
    """ZIPs of a whole gallery of the caller, or of some people of it, which can be downloaded for a limited
    time."""

    of_one_gallery = True
    parameters = {"list": ("gallery",), "create": ("gallery",)}
    read_scope, write_scope = "gallery:read", "gallery:write"
    guarded_actions = ("create", "download")
    queryset = GalleryExport.objects.none()
    serializer_class = ExportSerializer
    submit_actions = ("create",)

    def get_queryset(self):
        return _of_gallery(selectors.export_list(owner=self.owner), self.request)

    @extend_schema(parameters=[IN_GALLERY])
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)

    @extend_schema(
        description="Create a ZIP of the gallery, or of some people of it. While it is being created, it is "
        "answered instead.",
        request=ExportRequestSerializer,
        parameters=[OF_GALLERY],
        responses={202: ExportSerializer},
    )
    def create(self, request):
        gallery = gallery_asked(request)
        ids = validated(ExportRequestSerializer, request).get("people", [])
        all_there(self.owner, ids, gallery)
        made = services.export_create(owner=self.owner, gallery=gallery, people=ids)
        return self._accepted(made)

    @extend_schema(description="Delete the ZIP.")
    def destroy(self, request, pk):
        services.export_delete(job=self.get_object())
        return Response(status=204)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def download(self, request, pk):
        return export_zip(self.get_object())

    @extend_schema(
        description="Run a failed export again.",
        request=None,
        responses={202: ExportSerializer},
    )
    @action(detail=True, methods=["post"])
    def retry(self, request, pk):
        return self._accepted(services.export_retry(job=self.get_object()))

    def _accepted(self, job: GalleryExport) -> Response:
        return self.created(self.get_serializer(job).data, job.pk, status=202)
