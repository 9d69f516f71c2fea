"""The closed-form start of the `compact` tower: resnet29's convolutions at a lower rank.

A convolution's responses y = Wx + b, gathered over many places of many faces, have a covariance.
With V its first `rank` eigenvectors and m the mean response, y is nearest (in the least-squares
sense) to V V'(Wx + b - m) + m. So the inner convolution gets the weights V'W, the 1x1 one V, and
the bias is V V'(b - m) + m (Zhang et al., 2015, section 3.1).
"""

import keras
import numpy as np
from keras import layers


def factorize(kernel, bias, responses, rank: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Split a convolution in two.

    Args:
        kernel: (h, w, channels, filters); bias: (filters,).
        responses: (samples, filters), what the convolution answers, before any activation.
        rank: channels between the two halves.

    Returns:
        Kernel of the inner convolution (h, w, channels, rank), of the 1x1 one
        (1, 1, rank, filters), and the bias of the latter (filters,).
    """
    mean = responses.mean(axis=0, dtype=np.float64)
    centred = responses - mean
    _, vectors = np.linalg.eigh(centred.T @ centred)  # eigenvalues rise
    basis = vectors[:, ::-1][:, :rank]
    return kernel @ basis, basis.T[None, None], basis @ (basis.T @ (bias - mean)) + mean


def start_from(tower: keras.Model, source: keras.Model, faces, *, seed: int = 0) -> None:
    """Give the compact `tower` its start from a resnet29 `source`.

    `faces` (n, 150, 150, 3), aligned, 0-255: a few hundred are enough, since each gives many places.
    """
    generator = np.random.default_rng(seed)
    kept = [layer.name for layer in tower.layers]
    for layer in source.layers:
        if isinstance(layer, layers.Conv2D) and layer.name in kept:
            kernel, bias = layer.get_weights()
            responses = _responses(source, layer, faces, generator)
            inner, outer, shift = factorize(
                kernel, bias, responses, tower.get_layer(f"{layer.name}_inner").filters
            )
            tower.get_layer(f"{layer.name}_inner").set_weights([inner])
            tower.get_layer(layer.name).set_weights([outer, shift])
    tower.get_layer("embedding").set_weights(source.get_layer("embedding").get_weights())


def _responses(source, layer, faces, generator, most: int = 50_000) -> np.ndarray:
    """Responses of one convolution without its activation, at random places: (samples, filters)."""
    inputs = keras.Model(source.input, layer.input).predict(faces, batch_size=64, verbose=0)
    kernel, bias = layer.get_weights()
    places = []
    for start in range(0, len(inputs), 64):
        answer = keras.ops.conv(
            inputs[start : start + 64], kernel, strides=layer.strides, padding=layer.padding
        )
        answer = keras.ops.convert_to_numpy(answer).reshape(-1, kernel.shape[-1]) + bias
        share = max(1, most * 64 // len(inputs))
        if len(answer) > share:
            answer = answer[generator.choice(len(answer), share, replace=False)]
        places.append(answer)
    return np.concatenate(places)
