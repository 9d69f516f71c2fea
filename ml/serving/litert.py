"""A LiteRT network that is called with NumPy arrays."""

import numpy as np
from ai_edge_litert.interpreter import Interpreter


class Net:
    """A .tflite file, ready to run. One instance serves one thread.

    Args:
        data: the file's bytes.
        threads: CPU threads for one call.
        input_shape: the shape to prepare for; otherwise the network is prepared for each new input shape.
    """

    def __init__(self, data: bytes, *, threads: int = 1, input_shape: tuple | None = None):
        self._interpreter = Interpreter(model_content=data, num_threads=threads)
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [row["index"] for row in self._interpreter.get_output_details()]
        self._shape: tuple | None = None
        if input_shape:
            self._reshape(tuple(input_shape))

    def __call__(self, inputs: np.ndarray):
        """Run on float32 `inputs`; returns one array, or a list where the net has several outputs."""
        if inputs.shape != self._shape:
            self._reshape(inputs.shape)
        # Into the network's own memory, converted on the way. The view must be gone when it runs.
        np.copyto(self._interpreter.tensor(self._input)(), inputs, casting="unsafe")
        self._interpreter.invoke()
        outputs = [self._interpreter.get_tensor(index) for index in self._outputs]
        return outputs[0] if len(outputs) == 1 else outputs

    def _reshape(self, shape: tuple) -> None:
        self._interpreter.resize_tensor_input(self._input, shape)
        self._interpreter.allocate_tensors()
        self._shape = shape
