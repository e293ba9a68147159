"""Layers of a Marian Transformer ("tiny11": width 256, 8 heads, post-norm, SSRU decoder) as ONNX nodes."""

import math

import numpy as np

from ..graph import Graph
from ..layers import Int8Linear, layer_norm, linear, quantize
from ..readers.marian_bin import MarianModel

WIDTH, HEADS = 256, 8
HEAD_WIDTH = WIDTH // HEADS
_EPSILON = 1e-9
_ATTENTION_SCALE = np.float32(1 / math.sqrt(HEAD_WIDTH))


class MarianLayers:
    """Adds layers to `graph` with the weights of `model`; x and the results are value names, float32 [..., 256]."""

    def __init__(self, graph: Graph, model: MarianModel) -> None:
        self.graph = graph
        self.model = model

    def linear(self, x: str, weights: list[str], biases: list[str], attention_scaled: tuple[str, ...] = ()) -> str:
        """x @ [W1 | W2 | ...] + [b1 | b2 | ...]; matrices that read the same x share one product. An empty bias name
        is a zero bias. Outputs of `attention_scaled` weights come divided by sqrt(head width), folded into the scale
        and bias."""
        alpha = self.model.alphas[weights[0]]
        if any(self.model.alphas[weight] != alpha for weight in weights):
            raise ValueError(f"{weights} do not share an activation scale")
        matrices = [self.model.matrices[weight] for weight in weights]
        factors = [_ATTENTION_SCALE if weight in attention_scaled else np.float32(1) for weight in weights]
        widths = [matrix.values.shape[1] for matrix in matrices]
        scales = [np.float32(1 / matrix.multiplier) * factor for matrix, factor in zip(matrices, factors, strict=True)]
        parts = [self._bias(name, width) * factor for name, width, factor in zip(biases, widths, factors, strict=True)]
        # Inputs of an FFN's second matrix come out of a ReLU: all 255 steps go to the positive side.
        positive = weights[0].endswith("_ffn_W2")
        layer = Int8Linear(
            weight=np.concatenate([matrix.values for matrix in matrices], axis=1),
            scale=np.asarray(scales[0]) if len(scales) == 1 else np.repeat(np.array(scales, np.float32), widths),
            bias=np.concatenate(parts),
            input_scale=(127 / 255 if positive else 1) / alpha,
            input_zero_point=0 if positive else 128,
        )
        quantised = quantize(self.graph, x, layer.input_scale, layer.input_zero_point)
        return linear(self.graph, quantised, layer, "+".join(weights))

    def residual(self, x: str, change: str, norm: str) -> str:
        """LayerNorm(x + change) with the parameters `norm`_scale and `norm`_bias."""
        floats = self.model.floats
        scale, bias = floats[f"{norm}_scale"].reshape(-1), floats[f"{norm}_bias"].reshape(-1)
        return layer_norm(self.graph, self.graph.op("Add", x, change), scale, bias, _EPSILON)

    def feed_forward(self, x: str, prefix: str) -> str:
        hidden = self.graph.op("Relu", self.linear(x, [f"{prefix}_W1"], [f"{prefix}_b1"]))
        return self.residual(x, self.linear(hidden, [f"{prefix}_W2"], [f"{prefix}_b2"]), f"{prefix}_ffn_ln")

    def positions(self, position: str) -> str:
        """Sinusoids for float32 positions [N, 1] -> [N, 256], computed in the graph: any length works. Marian's
        exponents step by 1/(128 - 1), not 1/128."""
        half = WIDTH // 2
        frequencies = [math.exp(-index * math.log(10000.0) / (half - 1)) for index in range(half)]
        angles = self.graph.op("Mul", position, self.graph.constant(np.array([frequencies], np.float32)))
        return self.graph.op("Concat", self.graph.op("Sin", angles), self.graph.op("Cos", angles), axis=-1)

    def embedding_scale(self) -> float:
        """Real size of one step of the int8 table, times sqrt(256) as Marian multiplies word vectors."""
        return math.sqrt(WIDTH) / self.model.matrices["Wemb"].multiplier

    def _bias(self, name: str, width: int) -> np.ndarray:
        return self.model.floats[name].reshape(-1) if name else np.zeros(width, np.float32)
