"""Train a Siamese network or a tower from a configuration, on any backend of Keras."""

import contextlib
from pathlib import Path

from ml.errors import MlError
from ml.evaluation import metrics
from ml.evaluation.datasets import lfw
from ml.networks import backbones, keras_io, losses, siamese
from ml.networks.backbones import compact_init
from ml.networks.keras_io import keras
from ml.serving.verifier import Verifier
from ml.training import checkpoints, config
from ml.training.batches import Batches, Embed
from ml.training.data import photos, sampling
from ml.training.data.aligned import AlignedFaces
from ml.training.data.augmentation import Augmenter
from ml.training.data.blending import blend

import numpy as np  # isort: skip

TEACHER = "resnet29"


def train(
    cfg: config.Config, data, out, *, cache, command: str = "", verbose: int = 1
) -> checkpoints.Run:
    """Train, or resume the run in the folder `out`.

    Args:
        data: folder of photos, see `ml.training.data.photos`.
        out: the run folder.
        cache: folder for the photos as arrays.
        command: the command line that trains this way, for the manifest of the model.

    Raises:
        MlError: the data cannot be used, or the folder has another run.
    """
    run = checkpoints.Run(out)
    resumed = run.open(checkpoints.describe(cfg, data, command))
    if run.state["finished"] or run.state["epoch"] >= cfg.epochs:
        return run
    with precision(cfg.precision):
        return _train(cfg, run, data, cache, verbose, resumed=resumed)


def _train(cfg, run, data, cache, verbose, *, resumed: bool) -> checkpoints.Run:
    keras.utils.set_random_seed(cfg.seed)
    module = backbones.module(cfg.tower)
    everything = load_photos(cfg, data, cache)
    for path, why in everything.skipped.items():
        print(f"skipped {path}: {why}")
    training, validation = (
        everything.only(rows)
        for rows in sampling.split_people(everything.people, cfg.validation_share, cfg.seed)
    )
    print(
        f"{len(training)} photos of {len(set(training.people))} people to train on, "
        f"{len(validation)} of {len(set(validation.people))} to validate on"
    )
    model, keep = _models(cfg, training)
    if resumed:
        model = keras.models.load_model(run.last, safe_mode=True)
        keep = _kept(cfg, model)
    teacher = _teacher(mirror=not module.MIRROR) if cfg.objective == "distill" else None
    batches = Batches(
        training,
        cfg,
        augmenter=Augmenter(cfg.augmentations) if cfg.augmentations else None,
        teacher=teacher,
        mirrored=not module.MIRROR,
        embed=_embedder(cfg, keep) if cfg.hard else None,
        epoch=run.state["epoch"],
    )
    if not resumed:
        _compile(cfg, model, steps=len(batches))
    watch = Validation(cfg, validation, keep, teacher)
    model.fit(
        batches,
        epochs=cfg.epochs,
        initial_epoch=run.state["epoch"],
        verbose=verbose,
        callbacks=[
            watch,
            *_tensorboard(run),
            checkpoints.Checkpoints(
                run, keep, monitor=watch.name, mode=watch.mode, patience=cfg.patience
            ),
        ],
        shuffle=False,
    )
    run.finish()
    return run


def load_photos(cfg: config.Config, data, cache) -> photos.Photos:
    """The photos to train on and to validate on, without the people held out for evaluation.

    Faces are found with the detector of the prepared default model.
    """
    chip = backbones.chip(cfg.tower)
    return photos.load_cached(
        data,
        chip.size,
        cache,
        aligned=AlignedFaces(Verifier.load(), chip) if cfg.aligned else None,
        exclude=held_out_people(cfg, data),
        limit=cfg.limit or None,
    )


def held_out_people(cfg: config.Config, data) -> set[str]:
    """Everybody in the part of the pairs file that is held out for evaluation."""
    if not cfg.held_out:
        return set()
    path = Path(data).resolve().parent / cfg.held_out
    if not path.is_file():
        raise MlError(
            "pairs_missing",
            f"There is no pairs file {path}. Its people must not be trained on.",
            "Put it there, or train with --set held_out= if you will not evaluate on it.",
        )
    rows = lfw.read_pairs(path)
    return {
        lfw.person_of(name)
        for pair, fold in zip(rows.names, rows.folds, strict=True)
        if not cfg.held_out_folds or fold + 1 in cfg.held_out_folds
        for name in pair
    }


class Validation(keras.callbacks.Callback):
    """Measures the validation people after each epoch, and adds the figures to the logs.

    `val_auc` and `val_eer` are taken over all pairs of their photos. "distill" has `val_loss` instead,
    the mean squared distance to the teacher's embeddings, which needs no second photo of anybody.
    """

    def __init__(self, cfg: config.Config, photos_: photos.Photos, keep, teacher: Embed | None):
        super().__init__()
        self.keep = keep
        self.objective = cfg.objective
        self.name, self.mode = ("val_loss", "min") if teacher else ("val_auc", "max")
        self.faces = photos_.pixels.astype(np.float32)
        self.targets = None
        if teacher:
            answers = [teacher(self.faces[k : k + 64]) for k in range(0, len(self.faces), 64)]
            self.targets = np.concatenate(answers)
            return
        _, self.people = np.unique(photos_.people, return_inverse=True)
        if np.bincount(self.people).max() < 2:
            raise MlError(
                "data_no_positives",
                "None of the people kept apart for validation has two photos.",
                "Add second photos, or raise validation_share.",
            )

    def on_epoch_end(self, epoch, logs=None):
        tower = siamese.encoder_of(self.keep) if self.objective == "pairs" else self.keep
        embeddings = tower.predict(self.faces, batch_size=32, verbose=0)
        if self.targets is not None:
            logs[self.name] = float(np.mean(np.sum((embeddings - self.targets) ** 2, axis=1)))
            return
        genuine, impostor = self._scores(embeddings)
        logs["val_auc"] = metrics.roc_auc(genuine, impostor)
        logs["val_eer"] = metrics.equal_error_rate(genuine, impostor)

    def _scores(self, embeddings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Scores of all pairs of one person, and of all pairs of two people."""
        weights = None
        if self.objective == "pairs":
            weights = self.keep.get_layer("head").get_weights()[0][:, 0]
        genuine, impostor = [], []
        for row in range(len(embeddings) - 1):
            gap = embeddings[row + 1 :] - embeddings[row]
            scores = -np.linalg.norm(gap, axis=1) if weights is None else np.abs(gap) @ weights
            same = self.people[row + 1 :] == self.people[row]
            genuine.append(scores[same])
            impostor.append(scores[~same])
        return np.concatenate(genuine), np.concatenate(impostor)


def _embedder(cfg: config.Config, keep) -> Embed:
    tower = siamese.encoder_of(keep) if cfg.objective == "pairs" else keep

    def embed(faces):
        return keras.ops.convert_to_numpy(tower.predict_on_batch(faces.astype(np.float32)))

    return embed


def _models(cfg, training):
    """The model to fit, and the part of it to keep."""
    tower = _start(cfg, training)
    frozen = bool(cfg.trainable_from)
    if frozen:
        tower.get_layer(cfg.trainable_from)  # raises when there is no such layer
    for layer in tower.layers:
        frozen = frozen and layer.name != cfg.trainable_from
        layer.trainable = not frozen
    if cfg.objective == "pairs":
        model = siamese.build(tower)
        return model, model
    if cfg.objective == "arcface":
        classes = losses.CosineClasses(len(set(training.people)), name="classes")
        model = keras.Sequential([tower, classes])
        if cfg.start != "random":
            classes.set_weights([_directions(cfg, tower, training)])
        return model, tower
    return tower, tower


def _directions(cfg, tower, training) -> np.ndarray:
    """Each person's mean embedding (d, people), with which a tower that knows faces starts.

    Classes that start at random would spoil its weights before they have found their people.
    """
    embed = _embedder(cfg, tower)
    pixels = training.pixels
    rows = np.concatenate([embed(pixels[k : k + 64]) for k in range(0, len(pixels), 64)])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    _, labels = np.unique(training.people, return_inverse=True)
    sums = np.zeros((labels.max() + 1, rows.shape[1]), np.float32)
    np.add.at(sums, labels, rows)
    return (sums / np.linalg.norm(sums, axis=1, keepdims=True)).T


def _kept(cfg, model):
    return model.layers[0] if cfg.objective == "arcface" else model


def _start(cfg, training):
    tower = _untrained(cfg)
    if cfg.start == "random":
        return tower
    with precision("float32"):  # weights are fitted and read in single precision in any case
        if cfg.start != TEACHER:
            start = keras_io.read_tower(cfg.start)
        elif cfg.tower == TEACHER:
            start = backbones.build(TEACHER)
        else:
            start = _untrained(cfg)
            faces = _faces_and_blends(cfg, training)
            compact_init.start_from(start, backbones.build(TEACHER), faces, seed=cfg.seed)
    try:
        tower.set_weights(start.get_weights())
    except ValueError as error:
        raise MlError(
            "start_unfit",
            f"The weights in {cfg.start} do not fit the tower {cfg.tower}: {error}",
            "Start from a tower with the same tower_options, or from random.",
        ) from error
    return tower


def _untrained(cfg):
    options = {"weights": None} if cfg.tower == TEACHER else {}
    return backbones.build(cfg.tower, **options | cfg.tower_options)


@contextlib.contextmanager
def precision(policy: str):
    """Layers and models that are made or loaded inside compute in this precision."""
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy(policy)
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy(before)


def _faces_and_blends(cfg, training) -> np.ndarray:
    """The faces, their mirror images, and as many blends of two: uint8 (n, h, w, 3), shuffled."""
    generator = np.random.default_rng(cfg.seed)
    pixels, count = training.pixels, len(training)
    mirrored = pixels[:, :, ::-1]
    others = np.where(generator.random((count, 1, 1, 1)) < 0.5, pixels, mirrored)
    blends = blend(pixels, others[generator.permutation(count)], generator)
    faces = np.concatenate([pixels, mirrored, blends.astype(np.uint8)])
    return faces[generator.permutation(len(faces))]


def _teacher(*, mirror: bool) -> Embed:
    """Faces -> resnet29's embeddings; with `mirror` averaged with those of the mirror images."""
    teacher = siamese.encoder(backbones.build(TEACHER), mirror=mirror, unit_length=False)

    def embed(faces):
        answers = teacher.predict_on_batch(faces)
        return keras.ops.convert_to_numpy(answers).astype(np.float32)

    return embed


def _compile(cfg, model, *, steps: int) -> None:
    rate = float(cfg.learning_rate)
    if cfg.cosine:
        rate = keras.optimizers.schedules.CosineDecay(
            0.0 if cfg.warmup else rate,
            max(1, cfg.epochs * steps - cfg.warmup),  # a run may be shorter than its warm-up
            warmup_target=rate if cfg.warmup else None,
            warmup_steps=cfg.warmup,
        )
    optimizer = keras.optimizers.Adam(rate, clipnorm=cfg.clip or None)
    if cfg.objective == "pairs":
        measures = [
            "accuracy",
            keras.metrics.Precision(name="precision"),
            keras.metrics.Recall(name="recall"),
            keras.metrics.AUC(name="auc"),
        ]
        model.compile(optimizer, loss="binary_crossentropy", metrics=measures)
        return
    kinds = {
        "distill": losses.Distillation,
        "contrastive": losses.Contrastive,
        "triplet": losses.HardTriplet,
        "arcface": losses.ArcFace,
    }
    loss = kinds[cfg.objective](**cfg.loss)
    model.compile(optimizer, loss=loss)


def _tensorboard(run) -> list:
    """Keras writes TensorBoard's files with TensorFlow: there are none on other backends."""
    if keras.backend.backend() != "tensorflow":
        return []
    return [keras.callbacks.TensorBoard(run.folder / "tensorboard", write_graph=False)]
