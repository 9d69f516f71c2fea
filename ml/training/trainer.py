"""Train a Siamese network or a tower from a configuration, on whichever backend Keras runs."""

import contextlib
from pathlib import Path

from ml.errors import MlError
from ml.evaluation import metrics
from ml.evaluation.datasets import lfw
from ml.networks import backbones, keras_io, losses, siamese
from ml.networks.backbones import compact_init
from ml.networks.keras_io import keras
from ml.training import checkpoints, config
from ml.training.batches import Batches
from ml.training.data import photos, sampling
from ml.training.data.augmentation import Augmenter
from ml.training.data.blending import blend

import numpy as np  # isort: skip

TEACHER = "resnet29"


def train(cfg: config.Config, data, out, *, cache, verbose: int = 1) -> checkpoints.Run:
    """Train, or go on with the run in the folder `out`.

    Args:
        data: folder of photos, see `ml.training.data.photos`.
        out: the run folder.
        cache: folder for the photos as arrays.

    Raises:
        MlError: the data cannot be used, or the folder holds another run.
    """
    run = checkpoints.Run(out)
    going_on = run.open(checkpoints.describe(cfg, data))
    if run.state["finished"] or run.state["epoch"] >= cfg.epochs:
        return run
    with precision(cfg.precision):
        return _train(cfg, run, data, cache, verbose, going_on=going_on)


def _train(cfg, run, data, cache, verbose, *, going_on: bool) -> checkpoints.Run:
    keras.utils.set_random_seed(cfg.seed)
    module = backbones.module(cfg.tower)
    everything = load_photos(cfg, data, module, cache)
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
    if going_on:
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
    if not going_on:
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


def load_photos(cfg, data, module, cache) -> photos.Photos:
    """The photos that the configuration trains on, without the people it holds out."""
    finder = face_finder() if cfg.aligned else None
    return photos.load_cached(
        data,
        module.INPUT_SIZE,
        cache,
        finder=finder,
        exclude=held_out_people(cfg, data),
        limit=cfg.limit or None,
    )


def held_out_people(cfg, data) -> set[str]:
    """Everybody in the pairs file that the configuration keeps for evaluation."""
    if not cfg.held_out:
        return set()
    path = Path(data).resolve().parent / cfg.held_out
    if not path.is_file():
        raise MlError(
            "pairs_missing",
            f"There is no pairs file {path}, whose people must not be trained on.",
            "Put it there, or train with --set held_out= if no evaluation on it is meant.",
        )
    rows = lfw.read_pairs(path)
    return {
        lfw.person_of(name)
        for pair, fold in zip(rows.names, rows.folds, strict=True)
        if not cfg.held_out_folds or fold + 1 in cfg.held_out_folds
        for name in pair
    }


def face_finder():
    """Bytes -> aligned face, with the detector of the prepared default model."""
    from ml.serving.verifier import Verifier

    verifier = Verifier.load()
    return lambda data: verifier.acquire(data).face.chip


class Validation(keras.callbacks.Callback):
    """Measure the people kept apart after each epoch; adds to what the other callbacks see.

    `val_auc` is taken over all pairs of their photos; "distill" has `val_loss` instead, the mean
    squared distance to the teacher's embeddings, which needs no second photo of anybody.
    """

    def __init__(self, cfg, photos_, keep, teacher):
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
        self.first, self.second = np.triu_indices(len(photos_), 1)
        self.same = photos_.people[self.first] == photos_.people[self.second]
        if not self.same.any():
            raise MlError(
                "data_no_positives",
                "Nobody among the people kept for validation has two photos.",
                "Add second photos, or raise validation_share.",
            )

    def on_epoch_end(self, epoch, logs=None):
        tower = siamese.encoder_of(self.keep) if self.objective == "pairs" else self.keep
        embeddings = tower.predict(self.faces, batch_size=32, verbose=0)
        if self.targets is not None:
            logs[self.name] = float(np.mean(np.sum((embeddings - self.targets) ** 2, axis=1)))
            return
        scores = self._scores(embeddings)
        genuine, impostor = scores[self.same], scores[~self.same]
        logs["val_auc"] = metrics.roc_auc(genuine, impostor)
        logs["val_eer"] = metrics.equal_error_rate(genuine, impostor)

    def _scores(self, embeddings):
        weights = None
        if self.objective == "pairs":
            weights = self.keep.get_layer("head").get_weights()[0][:, 0]
        scores = np.empty(len(self.first), np.float32)
        for k in range(0, len(scores), 2000):
            gap = embeddings[self.first[k : k + 2000]] - embeddings[self.second[k : k + 2000]]
            part = np.abs(gap) @ weights if weights is not None else -np.linalg.norm(gap, axis=1)
            scores[k : k + 2000] = part
        return scores


def _embedder(cfg, keep):
    tower = siamese.encoder_of(keep) if cfg.objective == "pairs" else keep

    def embed(faces):
        return keras.ops.convert_to_numpy(tower.predict_on_batch(faces.astype(np.float32)))

    return embed


def _models(cfg, training):
    """The model that is fitted, and the part of it that is kept."""
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
    """Each person's mean embedding (d, people): a tower that knows faces starts with these classes.

    From random ones it would be torn apart before they find their people.
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
    with precision("float32"):  # fitted and read in single precision, whatever it is trained in
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
            f"The weights in {cfg.start} are not those of the tower {cfg.tower}: {error}",
            "Start from a tower with the same tower_options, or from random.",
        ) from error
    return tower


def _untrained(cfg):
    options = {"weights": None} if cfg.tower == TEACHER else {}
    return backbones.build(cfg.tower, **options | cfg.tower_options)


@contextlib.contextmanager
def precision(policy: str):
    """Layers and models made or loaded inside compute by this policy."""
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy(policy)
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy(before)


def _faces_and_blends(cfg, training) -> np.ndarray:
    """The faces, mirrored too, and as many blends of two of them: uint8 (n, h, w, 3), shuffled."""
    generator = np.random.default_rng(cfg.seed)
    pixels, count = training.pixels, len(training)
    mirrored = pixels[:, :, ::-1]
    others = np.where(generator.random((count, 1, 1, 1)) < 0.5, pixels, mirrored)
    blends = blend(pixels, others[generator.permutation(count)], generator)
    faces = np.concatenate([pixels, mirrored, blends.astype(np.uint8)])
    return faces[generator.permutation(len(faces))]


def _teacher(*, mirror: bool):
    """Faces -> resnet29's embeddings, averaged with those of the mirror images or not."""
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
            max(1, cfg.epochs * steps - cfg.warmup),  # a run may end before it is warm
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
    """Keras writes TensorBoard's files through TensorFlow, so other backends go without."""
    if keras.backend.backend() != "tensorflow":
        return []
    return [keras.callbacks.TensorBoard(run.folder / "tensorboard", write_graph=False)]
