"""Training configurations: small Python files, each with one `CONFIG`, in `ml/training/configs/`."""

import ast
import dataclasses
import runpy
from dataclasses import dataclass, field
from pathlib import Path

from ml.errors import MlError

FOLDER = Path(__file__).parent / "configs"
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")
OBJECTIVES = ("pairs", "distill", "contrastive", "triplet", "arcface")


@dataclass(frozen=True)
class Config:
    """One training run. A name that is not listed here raises.

    Attributes:
        tower, tower_options: what is trained, as `ml.networks.backbones.build` takes it.
        objective: "pairs" trains the Siamese network by binary cross-entropy; "distill" the tower
            on a teacher's embeddings; "contrastive", "triplet", "arcface" the tower on people.
        start: "random", "resnet29" (its weights, or for the compact tower its convolutions taken
            apart), or the path of a .keras or .h5 file: its tower's weights.
        trainable_from: name of the first layer that learns; those before it are frozen. "" for all.
        aligned: find and align the face in each photo; else the whole photo is shrunk.
        limit: at most so many photos, 0 for all.
        held_out: pairs file whose people are never trained on, "" for none. A relative path is
            looked for beside the photos' folder.
        held_out_folds: folds of that file that count, () for all.
        twice: a person with a single photo makes a pair with itself, augmented differently.
        augmentations: names from `ml.training.data.augmentation`, () for none.
        mix: share of photos that are blended with another face (for "distill", whose teacher
            tells what a blend should give).
        drawn: for "distill", so many faces are drawn, blended, augmented and embedded by the teacher
            before training, which takes its batches from them; 0 draws and embeds each batch anew,
            which takes longer but on a GPU. In memory each is a byte a value, 67 KB for 150x150.
        hard: share of the pairs of two people, or of a batch's people, taken from those that the
            network mixes up most ("pairs", "contrastive", "triplet", "arcface"), see `ml.training.data.mining`.
        batch: photos, or pairs, a step. each: photos of one person in it ("contrastive", ...).
        steps: steps an epoch, 0 for one pass over the photos.
        learning_rate: of Adam, falling to 0 along a cosine when `cosine`, after `warmup` steps.
        validation_share: share of the people kept apart for early stopping.
        patience: epochs without progress before it stops.
        loss: options of the loss, see `ml.networks.losses`.
        precision: "float32", "mixed_float16" or "mixed_bfloat16", where the machine gains from it;
            a teacher answers in it too.
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
    twice: bool = False
    augmentations: tuple = ()
    mix: float = 0.0
    drawn: int = 0
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
                f"objective is {self.objective!r}; it is one of {', '.join(OBJECTIVES)}.",
            )
        if self.precision not in PRECISIONS:
            raise MlError(
                "config_invalid",
                f"precision is {self.precision!r}; it is one of {', '.join(PRECISIONS)}.",
            )
        for name in ("batch", "epochs", "patience"):
            if getattr(self, name) < 1:
                raise MlError(
                    "config_invalid", f"{name} is {getattr(self, name)}; it is at least 1."
                )

    def to_dict(self) -> dict:
        return dataclasses.asdict(self)


def names() -> list[str]:
    """The configurations that come with the project."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def load(name: str, overrides=()) -> Config:
    """Read a configuration by name or path and change it by "key=value" strings.

    Raises:
        MlError: no such file, a key that does not exist, a value that is no Python literal.
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
        return dataclasses.replace(config, **changes)
    except KeyError as error:
        raise MlError("config_invalid", f"{path} defines no {error}.") from error
    except TypeError as error:
        raise MlError(
            "config_invalid", f"{path}: {error}", "See ml/training/config.py for the keys."
        ) from error
