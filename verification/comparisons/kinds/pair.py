"""What a worker writes about the comparison of two photos."""

from concurrent.futures import ThreadPoolExecutor

from django.core.files.base import ContentFile

from ... import engine
from ...calibration.own_thresholds import thresholds_of
from ...jobs.claims import Claim
from ...jobs.files import delete_run_files, delete_stale_files
from ..models import Verification


def verify_pair(claim: Claim) -> bool:
    """Compare the two photos of a verification and store the verdict; False when the claim was
    lost. Raises ImageRefused, ArtifactError, and what reading a file raises."""
    row = claim.row
    with row.probe_image.open("rb") as file:
        probe = file.read()
    with row.reference_image.open("rb") as file:
        reference = file.read()
    own = thresholds_of(row.owner_id)
    storing = []
    with ThreadPoolExecutor(1) as beside:
        verdict = engine.compare(
            probe,
            reference,
            false_match_rate=row.false_match_rate,
            probe_face=row.probe_face,
            reference_face=row.reference_face,
            shifts=own.shifts,
            on_faces=lambda crops: storing.append(beside.submit(store_crops, row, crops)),
        )
    for done in storing:
        done.result()
    return end_done(claim, verdict, calibration=own.note)


def store_crops(row: Verification, crops: dict) -> None:
    """Write the two aligned faces, and their names into the row, which is not saved."""
    for which, pixels in crops.items():
        file = ContentFile(engine.jpeg(pixels))
        getattr(row, f"{which}_crop").save(which, file, save=False)


def end_done(claim: Claim, verdict, **values) -> bool:
    """Store a verdict, and its crops unless that was done while it was found."""
    row = claim.row
    told = verdict.to_dict()
    if not row.probe_crop:
        store_crops(row, verdict.crops)
    written = claim.end(
        Verification.State.DONE,
        outcome=told["outcome"],
        similarity=told["similarity"],
        confidence=told["confidence"],
        probability=told["probability"],
        threshold=told["threshold"],
        band_low=told["band"]["low"],
        band_high=told["band"]["high"],
        model_name=told["model"]["name"],
        model_version=told["model"]["version"],
        model_sha256=told["model"]["sha256"],
        faces=told["faces"],
        timings=told["timings"],
        probe_crop=row.probe_crop.name,
        reference_crop=row.reference_crop.name,
        probe_crop_bytes=row.probe_crop_bytes,
        reference_crop_bytes=row.reference_crop_bytes,
        **values,
    )
    if not written:
        delete_run_files(row)
    elif row.attempts > 1:
        delete_stale_files(row)
    return written
