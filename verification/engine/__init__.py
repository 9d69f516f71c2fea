"""The one door to `ml`: the rest of the Django project never imports it, nor sees its objects.

Cleaning a photo needs Pillow and NumPy only and runs in the web process, or in a decoder that it
starts; comparing loads the model and runs in a worker. What comes back is of the types in
`engine.types`. Which model is served stands in `engine.record`.
"""

from ml.decision.intervals import wilson
from ml.decision.rule import leaning
from ml.decision.words import CONDITIONS, OUTCOMES, leans, odds, percent, strictness
from ml.errors import ArtifactError, DecodersBusy, ImageRefused, MlError, RateUnknown
from ml.faces.bounds import FINE_BRIGHTNESS, FINE_SHARPNESS, FINE_SIZE

from .cleaning import FORMAT_NAMES, MAX_BYTES, one_of_many, sanitize
from .galleries import (
    compare_with_person,
    measure_gallery,
    people_needed,
    search,
    search_faces,
    search_templates,
    template,
)
from .models_on_disk import (
    FALSE_MATCH_RATES,
    folder_of,
    model_identity,
    model_in,
    model_info,
    model_problem,
    models_on_disk,
    offered_rate,
    offered_rates,
)
from .pairs import compare, compare_faces, embed_face, operating_point
from .serving import loaded_model, serve, served_model
from .types import (
    MODELS_OWN,
    Band,
    Candidate,
    ComparableFace,
    Decision,
    FaceEmbedding,
    FaceProblem,
    GroupFaces,
    ModelIdentity,
    ModelInfo,
    ModelSummary,
    OperatingPoint,
    OwnThresholds,
    PersonVerdict,
    SearchVerdict,
    TowerInfo,
    Verdict,
)

__all__ = [
    "CONDITIONS",
    "FALSE_MATCH_RATES",
    "FINE_BRIGHTNESS",
    "FINE_SHARPNESS",
    "FINE_SIZE",
    "FORMAT_NAMES",
    "MAX_BYTES",
    "MODELS_OWN",
    "OUTCOMES",
    "ArtifactError",
    "Band",
    "Candidate",
    "ComparableFace",
    "Decision",
    "DecodersBusy",
    "FaceEmbedding",
    "FaceProblem",
    "GroupFaces",
    "ImageRefused",
    "MlError",
    "ModelIdentity",
    "ModelInfo",
    "ModelSummary",
    "OperatingPoint",
    "OwnThresholds",
    "PersonVerdict",
    "RateUnknown",
    "SearchVerdict",
    "TowerInfo",
    "Verdict",
    "compare",
    "compare_faces",
    "compare_with_person",
    "embed_face",
    "folder_of",
    "leaning",
    "leans",
    "loaded_model",
    "measure_gallery",
    "model_identity",
    "model_in",
    "model_info",
    "model_problem",
    "models_on_disk",
    "odds",
    "offered_rate",
    "offered_rates",
    "one_of_many",
    "operating_point",
    "people_needed",
    "percent",
    "sanitize",
    "search",
    "search_faces",
    "search_templates",
    "serve",
    "served_model",
    "strictness",
    "template",
    "wilson",
]
