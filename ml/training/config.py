"""Training configurations: small Python files, each with one `CONFIG`, in `ml/training/configs/`."""

import ast
import dataclasses
import runpy
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ml.errors import MlError

FOLDER = Path(__file__).parent / "configs"
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")
OBJECTIVES = ("pairs", "distill", "contrastive", "triplet", "arcface")

# Names of keys in earlier versions; runs that were started with them can still be resumed.
RENAMED = {"twice": "self_pairs", "mix": "mixup", "drawn": "synthetic_faces"}


@dataclass(frozen=True)
class Config:
    """One training run. A name that is not listed here raises.

    Attributes:
        tower, tower_options: the network to train, as `ml.networks.backbones.build` takes it.
        objective: "pairs" trains the Siamese network by binary cross-entropy; "distill" trains the
            tower to give a teacher's embeddings; "contrastive", "triplet" and "arcface" train the
            tower to tell people apart.
        start: "random"; "resnet29" for its weights, from which those of the compact tower are
            derived; or the path of a .keras or .h5 file with a tower.
        trainable_from: name of the first layer that learns; the layers before it are frozen. "" for
            all.
        aligned: find and align the face in each photo; otherwise the whole photo is shrunk.
        limit: largest number of photos, 0 for all.
        held_out: pairs file whose people are never trained on, "" for none. A relative path starts
            from the folder that contains the photos' folder.
        held_out_folds: which folds of that file are held out, () for all.
        self_pairs: whether a person with a single photo makes a pair with itself, augmented
            differently.
        augmentations: names from `ml.training.data.augmentation`, () for none.
        mixup: share of the photos that are blended with another face. Only for "distill", whose
            teacher says what embedding a blend should have.
        synthetic_faces: for "distill", how many blended and augmented faces are made and embedded by
            the teacher before training starts, which then takes its batches from them. With 0 each
            batch is made and embedded as it is needed, which takes longer except on a GPU. One face
            of 150x150 pixels takes 67 KB of memory.
        hard: share of the pairs of two people, or of the people in a batch, that is taken from those
            whom the network confuses most ("pairs", "contrastive", "triplet", "arcface"); see
            `ml.training.data.mining`.
        batch: photos, or pairs, per step.
        each: photos of each person in a batch ("contrastive", "triplet", "arcface").
        steps: steps per epoch, 0 for one pass over the photos.
        learning_rate: of Adam; with `cosine` it falls to 0 along a cosine, after `warmup` steps.
        validation_share: share of the people that is kept apart for early stopping.
        patience: epochs without progress after which training stops.
        loss: options of the loss, see `ml.networks.losses`.
        precision: "float32", or "mixed_float16" or "mixed_bfloat16" where the machine gains from it;
            a teacher computes in the same precision.
    """

    tower: str
    objective: str
    tower_options: dict = field(default_factory=dict)
    start: str = "random"
    trainable_from: str = ""
    aligned: bool = True
    limit: int = 0
    held_out: str = "lfw-pairs.txt"
    held_out_folds: tuple = ()
    self_pairs: bool = False
    augmentations: tuple = ()
    mixup: float = 0.0
    synthetic_faces: int = 0
    hard: float = 0.0
    batch: int = 16
    each: int = 4
    steps: int = 0
    epochs: int = 10
    learning_rate: float = 1e-4
    cosine: bool = False
    warmup: int = 0
    clip: float = 0.0
    validation_share: float = 0.1
    patience: int = 5
    loss: dict = field(default_factory=dict)
    precision: str = "float32"
    seed: int = 7

    def __post_init__(self):
        if self.objective not in OBJECTIVES:
            raise MlError(
                "config_invalid",
                f"objective is {self.objective!r}; it must be one of {', '.join(OBJECTIVES)}.",
            )
        if self.precision not in PRECISIONS:
            raise MlError(
                "config_invalid",
                f"precision is {self.precision!r}; it must be one of {', '.join(PRECISIONS)}.",
            )
        for name in ("batch", "epochs", "patience"):
            if getattr(self, name) < 1:
                raise MlError(
                    "config_invalid", f"{name} is {getattr(self, name)}; it must be at least 1."
                )

    def to_dict(self) -> dict:
        return dataclasses.asdict(self)


def names() -> list[str]:
    """The configurations that come with the project."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def renamed(values: dict) -> dict:
    """The same values with today's keys in place of those of earlier versions."""
    return {RENAMED.get(key, key): value for key, value in values.items()}


def load(name: str, overrides: Iterable[str] = ()) -> Config:
    """Read a configuration by name or path and change it by "key=value" strings.

    Raises:
        MlError: there is no such file, a key does not exist, or a value has the wrong type.
    """
    path = Path(name) if name.endswith(".py") else FOLDER / f"{name}.py"
    if not path.is_file():
        raise MlError(
            "config_missing",
            f"There is no configuration {name}.",
            f"There are: {', '.join(names())}.",
        )
    try:
        config = runpy.run_path(str(path))["CONFIG"]
        changes = {}
        for text in overrides:
            key, _, value = text.partition("=")
            try:
                changes[key] = ast.literal_eval(value)
            except (ValueError, SyntaxError):
                changes[key] = value
        return dataclasses.replace(config, **renamed(changes))
    except KeyError as error:
        raise MlError("config_invalid", f"{path} defines no {error}.") from error
    except TypeError as error:
        raise MlError(
            "config_invalid", f"{path}: {error}", "See ml/training/config.py for the keys."
        ) from error
