"""Measure the activation scales of an int8 BERT encoder and write models/<name>/calibration.json.

    PYTHONPATH=models python3 models/quality/calibrate_bert.py minilm-l6 --cache CACHE --data ../shared/data/qa
    PYTHONPATH=models python3 models/quality/calibrate_bert.py qa-reader --weights ../shared/models/qa-reader \\
        --data ../shared/data/qa

The float graph runs over sample texts (never the held-out eval.jsonl.gz) with every matrix input as an extra output.
Steps are chosen to keep the int8 product close to the float one on sampled rows. Results differ in the last digits
between machines; that is why they are committed and the conversion only reads them."""

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnxruntime as ort
from bert_samples import question_batches, sentence_batches
from modelpack.graph import MICROSOFT, Graph
from modelpack.recipes import minilm, qa_reader
from modelpack.recipes.bert_calibration import split_outliers
from modelpack.recipes.bert_float import Float
from modelpack.recipes.bert_weights import Layer
from modelpack.sources import PackageCache
from modelpack.workspace import Workspace
from qa_windows import Batch

_MODELS = Path(__file__).resolve().parent.parent
_LOWEST_GELU = 0.17
_SMOOTHINGS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # how far the weights take over the channels' differences in size
_SHRINK = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)  # shares of the observed range that are tried
_CEILINGS = (3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 7.0, 8.0, 10.0)
_MAX_COPIES = 16  # of outlier neurons, per layer


@dataclass
class Site:
    """What was seen at the input of one matrix product: largest |value| per channel and sampled rows."""

    largest: np.ndarray
    rows: list[np.ndarray] = field(default_factory=list)


def observe(graph: Graph, taps: dict[str, str], batches: list[Batch], rows_per_batch: int = 40) -> dict[str, Site]:
    """Run the float graph over all batches; padding positions are left out."""
    for name, value in taps.items():
        graph.output(value, f"tap.{name}", "float32", ["batch", "sequence", "channels"])
    session = ort.InferenceSession(graph.serialize(), providers=["CPUExecutionProvider"])
    random = np.random.default_rng(0)
    sites: dict[str, Site] = {}
    for batch in batches:
        real = batch["attention_mask"].astype(bool)
        for name, value in zip(taps, session.run([f"tap.{name}" for name in taps], batch), strict=True):
            rows = value[real]
            site = sites.setdefault(name, Site(np.zeros(rows.shape[1], np.float32)))
            site.largest = np.maximum(site.largest, np.abs(rows).max(axis=0))
            site.rows.append(rows[random.choice(len(rows), min(rows_per_batch, len(rows)), replace=False)])
    return sites


def channel_steps(site: Site, weight: np.ndarray) -> np.ndarray:
    """A step per channel [K]: channels that reach far get coarser steps, those with large weights finer ones."""
    rows = np.concatenate(site.rows)
    importance = np.maximum(np.abs(weight).max(axis=1), 1e-5)
    candidates = []
    for smoothing in _SMOOTHINGS:
        shape = np.maximum(site.largest, 1e-3) ** smoothing / importance ** (1 - smoothing)
        full = shape * (site.largest / shape).max() / 127
        candidates += [full * share for share in _SHRINK]
    return min(candidates, key=lambda steps: _error(rows, weight, steps, 128))


def tensor_step(site: Site, weight: np.ndarray) -> float:
    """One step for all channels, values of both signs."""
    rows = np.concatenate(site.rows)
    full = float(site.largest.max()) / 127
    return min((full * share for share in _SHRINK), key=lambda step: _error(rows, weight, step, 128))


def hidden_scale(site: Site, layer: Layer, inputs: Site) -> dict[str, object]:
    """Step, zero point and outlier pieces of the hidden activations: the ceiling whose product is closest."""
    candidates = []
    normalised = np.concatenate(inputs.rows)
    exact = _gelu(normalised @ layer.up.weight + layer.up.bias) @ layer.down.weight
    for ceiling in _CEILINGS:
        pieces = {
            int(neuron): int(np.ceil(1.1 * site.largest[neuron] / ceiling))
            for neuron in np.flatnonzero(site.largest > 1.1 * ceiling)
        }
        if sum(pieces.values()) - len(pieces) > _MAX_COPIES:
            continue
        step = _round((ceiling + _LOWEST_GELU) / 255)
        zero = int(np.ceil(_LOWEST_GELU / step))
        split = split_outliers(layer, step * (255 - zero), pieces)
        hidden = _gelu(normalised @ split.up.weight + split.up.bias)
        got = _quantised(hidden, step, zero) @ _int8(split.down.weight)
        scale = {"hiddenStep": step, "hiddenZeroPoint": zero, "pieces": {str(n): count for n, count in pieces.items()}}
        candidates.append((float(np.square(got - exact).mean()), ceiling, scale))
    error, ceiling, scale = min(candidates, key=lambda candidate: candidate[:2])
    print(f"  hidden: ceiling {ceiling}, {scale['pieces']}, relative error {error / np.square(exact).mean():.1e}")
    return scale


def layer_scales(sites: dict[str, Site], number: int, layer: Layer) -> dict[str, object]:
    qkv, context, up, hidden = (sites[f"{number}.{name}"] for name in ("qkv", "context", "up", "hidden"))
    return {
        "qkvSteps": [_round(step) for step in channel_steps(qkv, layer.qkv.weight)],
        "contextStep": _round(tensor_step(context, layer.context.weight)),
        "upSteps": [_round(step) for step in channel_steps(up, layer.up.weight)],
        **hidden_scale(hidden, layer, up),
    }


def _error(rows: np.ndarray, weight: np.ndarray, step: np.ndarray | float, zero: int) -> float:
    scaled = np.broadcast_to(np.float32(step), (len(weight),))[:, None]
    levels = np.clip(np.rint(rows / step) + zero, 0, 255) - zero
    return float(np.square(levels @ (_int8(scaled * weight)) - rows @ weight).mean())


def _quantised(x: np.ndarray, step: float, zero: int) -> np.ndarray:
    return (np.clip(np.rint(x / step) + zero, 0, 255) - zero) * np.float32(step)


def _int8(weight: np.ndarray) -> np.ndarray:
    """What is left of a weight after rounding to int8 per column."""
    scale = np.maximum(np.abs(weight).max(axis=0), 1e-12) / 127
    return np.rint(weight / scale) * scale


def _gelu(x: np.ndarray) -> np.ndarray:
    """GELU by the operator that the graph uses."""
    graph = Graph("gelu")
    value = graph.op("Gelu", graph.input("x", "float32", ["rows", "channels"]), domain=MICROSOFT)
    graph.output(value, "y", "float32", ["rows", "channels"])
    session = ort.InferenceSession(graph.serialize(), providers=["CPUExecutionProvider"])
    return session.run(["y"], {"x": x.astype(np.float32)})[0]


def _one_line_per_field(content: dict[str, list[dict[str, object]]]) -> str:
    """JSON whose diffs can be read."""
    layers = [
        "{\n" + ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in layer.items()) + "\n}"
        for layer in content["layers"]
    ]
    return '{"layers": [' + ",\n".join(layers) + "]}\n"


def _round(value: float) -> float:
    """Six significant digits."""
    return float(f"{float(value):.6g}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=["minilm-l6", "qa-reader"])
    parser.add_argument("--data", type=Path, required=True, help="folder of the question-answering data")
    parser.add_argument("--cache", type=Path, help="package cache (minilm-l6)")
    parser.add_argument("--weights", type=Path, help="folder with the reader's model.safetensors (qa-reader)")
    arguments = parser.parse_args()
    arithmetic = Float()
    if arguments.name == "minilm-l6":
        packages = PackageCache(arguments.cache, {}, learn=True)
        bert = minilm.read_weights(Workspace(packages, Path(), Path()))
        graph, batches = minilm.embedder(bert, arithmetic), sentence_batches(arguments.data)
    else:
        bert, head = qa_reader.read_weights(arguments.weights)
        graph, batches = qa_reader.reader(bert, head, arithmetic), question_batches(arguments.data)
    sites = observe(graph, arithmetic.taps, batches)
    content = {"layers": [layer_scales(sites, number, layer) for number, layer in enumerate(bert.layers)]}
    path = _MODELS / arguments.name / "calibration.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(_one_line_per_field(content), "utf-8")
    print(f"wrote {path.relative_to(_MODELS.parent)}")


if __name__ == "__main__":
    main()
