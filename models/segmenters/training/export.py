"""A checkpoint of train.py, best.pt or last.pt -> models/NAME/model.int8.onnx and labels.json. Needs the training pictures, for the ranges.

    PYTHONPATH=models python3 models/segmenters/training/export.py NAME --checkpoint RUN/best.pt --data DATA \\
        [--merge LABEL=CLASS,CLASS,...]

Ranges are those of 128 training pictures, half of them with a defect where the set has both kinds. Prints how far the
int8 graph is from the float one on the validation pictures."""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from pictures import Split, read_classes, read_split

from modelpack.files import megabytes, sha256_of, write_atomic
from modelpack.graph import Graph
from modelpack.recipes.efficientnet_graph import PIXEL_SCALE, PIXEL_ZERO_POINT, FloatArithmetic
from modelpack.recipes.efficientnet_int8 import Calibration, Int8Arithmetic
from modelpack.recipes.segmenter_graph import Segmenter, read_segmenter, write_graph

_MODELS = Path(__file__).resolve().parent.parent.parent
_PICTURES = 128
_BATCH = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NAME", help="the model, such as cell-nuclei")
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--merge", default="", metavar="LABEL=CLASS,...", help="classes that are given as one label")
    arguments = parser.parse_args()
    labels, groups = grouped(read_classes(arguments.data), arguments.merge)
    checkpoint: dict[str, Any] = torch.load(arguments.checkpoint, weights_only=True)
    averaged = checkpoint["net" if "net" in checkpoint else "average"]
    state = {name: tensor.numpy() for name, tensor in averaged.items()}
    network = read_segmenter(state)
    pictures = chosen(read_split(arguments.data, "train"))
    content = int8(network, calibrate(network, pictures), groups).serialize()
    folder = _MODELS / arguments.name
    folder.mkdir(exist_ok=True)
    write_atomic(folder / "model.int8.onnx", content)
    write_atomic(folder / "labels.json", (json.dumps(labels, indent=1) + "\n").encode())
    print(f"wrote {folder / 'model.int8.onnx'} ({megabytes(len(content))}, sha256 {sha256_of(content)})")
    compare(network, content, read_split(arguments.data, "val").pixels)


def grouped(classes: list[str], merge: str) -> tuple[list[str], np.ndarray]:
    """Labels, the ground first, and which classes each stands for."""
    label, _, names = merge.partition("=")
    merged = set(names.split(",")) & set(classes)
    of_class = [label if name in merged else name for name in classes]
    labels = list(dict.fromkeys(of_class))
    return labels, np.array([[float(name == label) for name in of_class] for label in labels], np.float32)


def chosen(split: Split) -> np.ndarray:
    """Half with something in them, half without; where one kind is short, more of the other. Always the same ones."""
    order = np.random.default_rng(0).permutation(len(split.pixels))
    marked = [index for index in order if split.classes[index].any()]
    clean = [index for index in order if not split.classes[index].any()][: _PICTURES // 2]
    return split.pixels[(marked[: _PICTURES - len(clean)] + clean)]


def int8(network: Segmenter, calibration: Calibration, groups: np.ndarray) -> Graph:
    graph = Graph("segmenter")
    write_graph(graph, network, Int8Arithmetic(graph, calibration), groups)
    return graph


def calibrate(network: Segmenter, pictures: np.ndarray) -> Calibration:
    """Smallest and largest value, and the mean of every channel, of each activation."""
    graph = Graph("calibration")
    arithmetic = FloatArithmetic(graph)
    write_graph(graph, network, arithmetic, np.eye(len(network.head_bias), dtype=np.float32))
    names = list(arithmetic.activations)
    for name, value in arithmetic.activations.items():
        graph.output(value, name, "float32", ["batch", "channels", "height", "width"])
    session = _session(graph.serialize())
    ranges = {name: (0.0, 0.0) for name in names}
    means = {name: np.zeros(1) for name in names}
    means["pixels"] = (pictures.mean(axis=(0, 1, 2)) - PIXEL_ZERO_POINT) * PIXEL_SCALE
    for picture in pictures:
        for name, values in zip(names, session.run(names, {"pixels": picture[None]}), strict=True):
            low, high = ranges[name]
            ranges[name] = min(low, float(values.min())), max(high, float(values.max()))
            means[name] = means[name] + values.mean(axis=(0, 2, 3), dtype=np.float64) / len(pictures)
    return Calibration(ranges, means)


def compare(network: Segmenter, content: bytes, pixels: np.ndarray) -> None:
    graph = Graph("float")
    write_graph(graph, network, FloatArithmetic(graph), np.eye(len(network.head_bias), dtype=np.float32))
    floats, eights = (_ground(_session(model), pixels) < 128 for model in (graph.serialize(), content))
    shared, joint = (floats & eights).sum(), (floats | eights).sum()
    print(f"int8 against float on {len(pixels)} pictures: {(floats == eights).mean():.4f} of the pixels, IoU {shared / joint:.4f}")


def _ground(session: onnxruntime.InferenceSession, pixels: np.ndarray) -> np.ndarray:
    starts = range(0, len(pixels), _BATCH)
    return np.concatenate([session.run(None, {"pixels": pixels[at : at + _BATCH]})[0][:, 0] for at in starts])


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    main()
