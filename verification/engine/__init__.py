"""The one door to `ml`: the rest of the Django project never imports it, nor sees its objects.

Cleaning a photo needs Pillow and NumPy only and runs in the web process, or in a decoder that it
starts; comparing loads the model and runs in a worker. What comes back is of the types in
`engine.types`. Which model is served stands in `engine.record`.
"""

from ml.decision.intervals import wilson
from ml.decision.rule import leaning
from ml.errors import ArtifactError, DecodersBusy, ImageRefused, RateUnknown
from ml.faces.bounds import FINE_BRIGHTNESS, FINE_SHARPNESS, FINE_SIZE

from .cleaning import MAX_BYTES, one_of_many, sanitize
from .explaining import Explanation, FaceMap, explain
from .galleries import (
    compare_with_person,
    measure_gallery,
    people_needed,
    scoring,
    search,
    search_anchors,
    search_embedding,
    search_faces,
    search_templates,
    template,
)
from .gathering import faces_in, gather
from .identification_figures import Searches, identification_figures
from .live_figures import LiveFigures, live_figures
from .looks import (
    MOST_FACES,
    FaceAgainstAll,
    SeenFace,
    SeenFaces,
    SeenPhoto,
    compare_with_all,
    look_at_all,
    one_face,
)
from .models_on_disk import (
    FALSE_MATCH_RATES,
    damage,
    folder_of,
    model_identity,
    model_in,
    model_info,
    model_problem,
    models_on_disk,
    offered_rate,
    offered_rates,
)
from .nearness import Nearness, nearness
from .pairs import compare, compare_faces, embed_face, operating_point
from .points import points_of_pair, points_of_search
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
    Scoring,
    Searchable,
    SearchVerdict,
    Shortlist,
    TowerInfo,
    Verdict,
)
from .words import CONDITIONS, FORMAT_NAMES, OUTCOMES, leans, odds, percent, strictness
