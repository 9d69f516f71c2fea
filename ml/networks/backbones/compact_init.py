"""Initial weights of the `compact` network in closed form, fitted to resnet29.

From the image to the embedding, each convolution, whole or factorised, is fitted to reproduce the outputs of
the layer of resnet29 that it replaces, from the actual outputs of the layers before it: a reduced-rank
regression (the "asymmetric" solution of Zhang et al., "Accelerating Very Deep Convolutional Networks", 2015,
section 3.3). Where blocks of resnet29 are left out, the last layer before them is fitted to their output.
"""

import keras
import numpy as np
from keras import layers, ops

from ml.networks.backbones import resnet29

SAMPLES = 60_000  # image positions that each convolution is fitted on
MOST_FACES = 8_000  # largest number of faces that the embedding is fitted on


def reduced_rank(inputs, targets, rank: int, ridge: float = 1e-3):
    """The best linear map of a given rank, by least squares: targets ~ inputs @ inner @ outer + bias.

    Args:
        inputs: (samples, d).
        targets: (samples, filters).
        ridge: share of the inputs' mean variance that is added to their covariance.

    Returns:
        inner (d, rank), outer (rank, filters), bias (filters,), float32.
    """
    input_mean = inputs.mean(axis=0, dtype=np.float64)
    target_mean = targets.mean(axis=0, dtype=np.float64)
    x = inputs - input_mean.astype(np.float32)
    y = targets - target_mean.astype(np.float32)
    covariance = (x.T @ x).astype(np.float64)
    covariance[np.diag_indices_from(covariance)] += ridge * np.trace(covariance) / len(covariance)
    weights = np.linalg.solve(covariance, x.T @ y)
    # The rank keeps the principal directions of the fitted values, not of the targets.
    _, vectors = np.linalg.eigh(weights.T @ covariance @ weights)  # eigenvalues rise
    basis = vectors[:, ::-1][:, :rank]
    inner = weights @ basis
    bias = target_mean - input_mean @ inner @ basis.T
    return tuple(part.astype(np.float32) for part in (inner, basis.T, bias))


def start_from(tower: keras.Model, source: keras.Model, faces, *, seed: int = 0) -> None:
    """Set the weights of the compact `tower` from a resnet29 `source`.

    Args:
        faces: (n, 150, 150, 3), aligned, 0-255. Some thousands are needed, because the last layers have
            few positions per face. Blends of two faces may be among them.
    """
    generator = np.random.default_rng(seed)
    _fit(tower, source, "conv_0", source.get_layer("conv_0"), faces, generator)
    for name, behind in counterparts(tower).items():
        _fit(tower, source, f"{name}_conv_1", source.get_layer(f"{name}_conv_1"), faces, generator)
        _fit(tower, source, f"{name}_conv_2", source.get_layer(f"{behind}_add"), faces, generator)
    _fit_embedding(tower, source, faces)


def counterparts(tower: keras.Model) -> dict[str, str]:
    """The last block of resnet29 that each of the tower's blocks replaces."""
    blocks = [int(layer.name.split("_")[1]) for layer in tower.layers if _is_add(layer)]
    following = [*blocks[1:], len(resnet29.BLOCKS) + 1]
    return {f"block_{a}": f"block_{b - 1}" for a, b in zip(blocks, following, strict=True)}


def _is_add(layer) -> bool:
    return isinstance(layer, layers.Add)


def _is_convolution(layer) -> bool:
    return isinstance(layer, layers.Conv2D)


def _fit(tower, source, name, target, faces, generator) -> None:
    """Fit the convolution `name`, whole or factorised, to the outputs of the source's layer `target`."""
    outer = tower.get_layer(name)
    whole = all(layer.name != f"{name}_inner" for layer in tower.layers)
    inner = outer if whole else tower.get_layer(f"{name}_inner")
    places = int(np.prod(outer.output.shape[1:3]))
    count = min(len(faces), max(300, SAMPLES // places))
    share = max(1, SAMPLES // count)
    outputs = [inner.input]
    if name.endswith("conv_2"):
        add = tower.get_layer(name.replace("conv_2", "add"))
        outputs.append(next(x for x in add.input if x is not _branch(outer, add)))
    student = keras.Model(tower.input, outputs)
    teacher = keras.Model(source.input, _before_activation(target))
    x, y = [], []
    for start in range(0, count, 64):
        batch = faces[start : start + 64].astype(np.float32)
        # Called without `predict`: compiling 42 models would take longer than it saves.
        reached = [ops.convert_to_numpy(x) for x in _as_list(student(batch, training=False))]
        wanted = _answers(teacher, target, batch)
        if len(reached) > 1:
            wanted = wanted - reached[1]
        height, width, filters = outer.output.shape[1:]
        wanted = wanted[:, :height, :width, :filters].reshape(-1, filters)
        patches = ops.image.extract_patches(
            reached[0], inner.kernel_size, strides=inner.strides, padding=inner.padding
        )
        patches = ops.convert_to_numpy(patches)
        patches = patches.reshape(len(wanted), -1)
        rows = np.arange(len(wanted))
        if places > share:
            rows = generator.choice(len(wanted), share * len(batch), replace=False)
        x.append(patches[rows])
        y.append(wanted[rows])
    first, second, bias = reduced_rank(np.concatenate(x), np.concatenate(y), inner.filters)
    if whole:
        inner.set_weights([(first @ second).reshape(inner.kernel.shape), bias])
        return
    inner.set_weights([first.reshape(inner.kernel.shape)])
    outer.set_weights([second[None, None], bias])


def _as_list(outputs) -> list:
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


def _branch(outer, add):
    """The input of `add` that comes from the convolution `outer`, padded or not."""
    for tensor in add.input:
        layer = tensor._keras_history.operation
        if layer is outer or layer.name == outer.name.replace("conv_2", "pad"):
            return tensor
    raise ValueError(f"{outer.name} does not lead to {add.name}")


def _before_activation(target):
    return target.input if _is_convolution(target) else target.output


def _answers(teacher, target, batch) -> np.ndarray:
    answers = teacher(batch, training=False)
    if _is_convolution(target):  # without its ReLU
        kernel, bias = target.get_weights()
        answers = ops.conv(answers, kernel, strides=target.strides, padding=target.padding)
        return ops.convert_to_numpy(answers) + bias
    return ops.convert_to_numpy(answers)


def _fit_embedding(tower, source, faces, ridge: float = 1e-3) -> None:
    """Refit the last layer to the tower's own pooled features, close to the source's weights."""
    pooled = keras.Model(tower.input, tower.get_layer("average").output)
    faces = faces[:MOST_FACES].astype(np.float32)
    x = pooled.predict(faces, batch_size=64, verbose=0)
    y = source.predict(faces, batch_size=64, verbose=0)
    near = source.get_layer("embedding").get_weights()[0]
    covariance = (x.T @ x).astype(np.float64)
    covariance[np.diag_indices_from(covariance)] += ridge * np.trace(covariance) / len(covariance)
    change = np.linalg.solve(covariance, x.T @ (y - x @ near))
    tower.get_layer("embedding").set_weights([(near + change).astype(np.float32)])
