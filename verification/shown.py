"""Which addresses show faces, names or verdicts: the audit log notes who looks at them.

Every address with an id in it is named here or in NOTHING_SHOWN; a test holds that.
"""

from django.utils.translation import gettext_lazy

from accounts.audit.actions import Action
from accounts.audit.shown import ObjectKind, Shown, register

VERDICT, PERSON, ANCHOR = Shown("verification"), Shown("person"), Shown("anchor")
REPORT = Shown("verification", Action.DOWNLOADED)
BATCH, IMPORT, CHANGE = Shown("batch"), Shown("galleryimport"), Shown("change")
LIVE, MANY = Shown("livesession"), Shown("bulkchange")
EXPORT = Shown("galleryexport", Action.DOWNLOADED)
NAMELESS = Shown("gallery")  # the faces in it that have no name
EVERYTHING = Shown("accountexport", Action.DOWNLOADED)

SHOWN = {
    # Photos and faces.
    "verification_image": VERDICT,
    "search_image": VERDICT,
    "batch_face": BATCH,
    "photo_image": ANCHOR,
    # Pages of one thing.
    "verification_detail": VERDICT,
    "verification_status": VERDICT,
    "verification_delete": VERDICT,
    "verification_report": REPORT,
    "verification_why": VERDICT,
    "api:verification-explanation": VERDICT,
    "verification_add": VERDICT,
    "verification_another": VERDICT,
    "verification_name_face": VERDICT,
    "person": PERSON,
    "person_edit": PERSON,
    "person_live": PERSON,
    "person_seen": PERSON,
    "person_delete": PERSON,
    "person_erase": PERSON,
    "person_merge": PERSON,
    "person_verify": PERSON,
    "photos_move": PERSON,
    "photo": ANCHOR,
    "nameless": NAMELESS,
    "nameless_name": NAMELESS,
    "api:gallery-anchors": NAMELESS,
    "import": IMPORT,
    "import_status": IMPORT,
    "bulk_change": MANY,  # names those with whom it could not be done
    "bulk_change_status": MANY,
    "batch": BATCH,
    "batch_status": BATCH,
    # Lists.
    "history": VERDICT,
    "people": PERSON,
    "unknown_faces": VERDICT,
    "changes": CHANGE,
    "api:verification-list": VERDICT,
    "api:person-list": PERSON,
    "api:suggestion-list": PERSON,
    "api:change-list": CHANGE,
    # What programs read.
    "api:verification-detail": VERDICT,
    "api:verification-report": REPORT,
    "api:search-detail": VERDICT,
    "api:person-detail": PERSON,
    "api:person-anchors": PERSON,
    "api:anchor-detail": ANCHOR,
    "api:change-detail": CHANGE,
    "api:batch-results": BATCH,
    "api:import-files": IMPORT,
    "compreface:subjects": PERSON,
    "compreface:faces": ANCHOR,
    "compreface:face-image": ANCHOR,
    "api:live-session-detail": LIVE,
    # Files.
    "export_fetch": EXPORT,
    "api:export-download": EXPORT,
    "download_fetch": EVERYTHING,
    "api:download-content": EVERYTHING,
    "batch_results": Shown("batch", Action.DOWNLOADED),
    "batch_results_json": Shown("batch", Action.DOWNLOADED),
    "api:batch-results-csv": Shown("batch", Action.DOWNLOADED),
    "import_csv": Shown("galleryimport", Action.DOWNLOADED),
    "reviewed_pairs": Shown("review", Action.DOWNLOADED),
    "api:reviewed-pairs": Shown("review", Action.DOWNLOADED),
}

# States, counts, settings and questions about one thing, without a face, a name or a verdict.
NOTHING_SHOWN = {
    "api:batch-detail",
    "api:calibration-detail",
    "api:download-detail",
    "api:export-detail",
    "api:import-detail",
    "api:person-erasure",
    "api:receipt-detail",
    "api:webhook-deliveries",
    "api:webhook-delivery-detail",
    "api:webhook-detail",
    "batch_delete",
    # How many people, and what is done with them.
    "api:bulk-change-detail",
    # What a gallery is called, and how many are in it.
    "api:gallery-detail",
    "gallery",
    "gallery_delete",
    # Who uses a gallery: addresses of accounts, and roles.
    "team",
    "team_remove",
    "team_leave",
    "team_hand_over",
    "api:members",
    "api:gallery-invitations",
}

KINDS = {
    "verification": ObjectKind(
        gettext_lazy("Comparison"), "verification.Verification", "verification_detail"
    ),
    "gallery": ObjectKind(gettext_lazy("Gallery"), "verification.Gallery", "gallery"),
    "person": ObjectKind(gettext_lazy("Person"), "verification.Person", "person"),
    "anchor": ObjectKind(gettext_lazy("Photo of a person"), "verification.Anchor", "photo"),
    "change": ObjectKind(gettext_lazy("Change of the gallery")),
    "batch": ObjectKind(gettext_lazy("Batch"), "verification.Batch", "batch"),
    "galleryimport": ObjectKind(gettext_lazy("Import"), "verification.GalleryImport", "import"),
    "galleryexport": ObjectKind(gettext_lazy("Export")),
    "bulkchange": ObjectKind(
        gettext_lazy("Change of many people"), "verification.BulkChange", "bulk_change"
    ),
    "gallerycalibration": ObjectKind(gettext_lazy("Measurement of thresholds")),
    "accountexport": ObjectKind(gettext_lazy("Download of everything")),
    "explanation": ObjectKind(gettext_lazy("Explanation")),
    "facegathering": ObjectKind(gettext_lazy("Gathering of unknown faces")),
    "delivery": ObjectKind(gettext_lazy("Message to a webhook")),
    "look": ObjectKind(gettext_lazy("Photo only looked at")),
    "livesession": ObjectKind(gettext_lazy("Live session")),
    "review": ObjectKind(gettext_lazy("Reviewed pairs")),
    "webhook": ObjectKind(gettext_lazy("Webhook"), "verification.Webhook", "webhook"),
}


def connect() -> None:
    register(views=SHOWN, kinds=KINDS)
