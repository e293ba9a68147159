"""Extractive question answering: our own reader (models/qa-reader/training), shipped as a committed int8 graph.

`modelpack build` copies the committed files. A maintainer who has the float weights regenerates the graph, to the byte:

    PYTHONPATH=models python3 -m modelpack.recipes.qa_reader --weights ../shared/models/qa-reader
"""

import argparse
from pathlib import Path
from typing import Any

from ..files import megabytes, sha256_of, write_atomic
from ..graph import Graph
from ..readers.safetensors import read_safetensors
from ..workspace import Recipe, Workspace
from .bert import Arithmetic, dense, encoder
from .bert_calibration import read_calibration
from .bert_int8 import Int8, split_hidden
from .bert_weights import Bert, Linear, fold, read_bert

_HOME = Path(__file__).resolve().parent.parent.parent / "qa-reader"
_LICENCE_TEXT = Path(__file__).resolve().parent.parent / "licences" / "Apache-2.0.txt"
_GRAPH = "model.int8.onnx"
_ROWS: list[str | int] = ["batch", "sequence"]


def read_weights(folder: Path) -> tuple[Bert, Linear]:
    """Encoder and head (two columns: start, end) from the folder that training/train.py writes."""
    tensors = read_safetensors((folder / "model.safetensors").read_bytes())
    return read_bert(tensors, "bert."), Linear(tensors["qa_outputs.weight"].T, tensors["qa_outputs.bias"])


def reader(bert: Bert, head: Linear, arithmetic: Arithmetic) -> Graph:
    """[CLS] question [SEP] passage [SEP] -> a start and an end logit for every token."""
    graph = Graph("qa-reader")
    ids = graph.input("input_ids", "int32", _ROWS, pad=0)
    mask = graph.input("attention_mask", "int32", _ROWS, pad=0)
    types = graph.input("token_type_ids", "int32", _ROWS, pad=0)
    state = encoder(graph, bert, arithmetic, ids, mask, types)
    logits = graph.ops("Split", 2, dense(graph, state, fold(bert.last, head), "head"), axis=-1)
    for value, name in zip(logits, ("start_logits", "end_logits"), strict=True):
        graph.output(graph.op("Squeeze", value, graph.ints(-1)), name, "float32", _ROWS)
    return graph


def convert(weights: Path, calibration: bytes) -> Graph:
    """The int8 graph that ships."""
    bert, head = read_weights(weights)
    scales = read_calibration(calibration)
    return reader(split_hidden(bert, scales), head, Int8(scales))


def _build(workspace: Workspace) -> dict[str, Any]:
    for name in (_GRAPH, "tokenizer.json"):
        workspace.write(name, workspace.data(name))
    workspace.write("LICENCE.txt", _LICENCE_TEXT.read_bytes())
    notice = workspace.data("NOTICE").decode()
    workspace.write("NOTICE.txt", notice.encode())
    return {
        "revision": "1",
        "task": "answer",
        "description": "Finds the answer to an English question in a passage, or says that there is none. MiniLM, "
        "6 layers, 22.6 M parameters, int8.",
        "runner": "single-pass",
        "variants": {"cpu": {"precision": "int8", "graphs": {"main": _GRAPH}}},
        "graphs": {"main": _io()},
        "tokenizer": {
            "kind": "wordpiece",
            "file": "tokenizer.json",
            "clsTokenId": 101,
            "sepTokenId": 102,
            "unkTokenId": 100,
            "padTokenId": 0,
        },
        "limits": {"maxTokens": 512},
        "windows": {"maxTokens": 256, "stride": 128, "maxAnswerTokens": 30, "maxQuestionTokens": 48},
        **workspace.measured(),
        "licence": {"spdx": "Apache-2.0", "notice": " ".join(notice.split())},
        "provenance": {
            "package": "this repository",
            "file": f"models/qa-reader/{_GRAPH}",
            "sha256": sha256_of(workspace.data(_GRAPH)),
            "origin": "trained by models/qa-reader/training on top of sentence-transformers/all-MiniLM-L6-v2",
        },
    }


def _io() -> dict[str, list[dict[str, Any]]]:
    """Tensors of the committed graph, as `reader` declares them."""
    inputs = [
        {"name": name, "dtype": "int32", "dims": _ROWS, "pad": 0}
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    outputs = [{"name": name, "dtype": "float32", "dims": _ROWS} for name in ("start_logits", "end_logits")]
    return {"inputs": inputs, "outputs": outputs}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="folder with model.safetensors")
    parser.add_argument("--out", type=Path, default=_HOME / _GRAPH, help="file to write (default: the committed one)")
    arguments = parser.parse_args()
    data = convert(arguments.weights, (_HOME / "calibration.json").read_bytes()).serialize()
    write_atomic(arguments.out, data)
    print(f"wrote {arguments.out} ({megabytes(len(data))}, sha256 {sha256_of(data)})")
    print("now run `modelpack lock qa-reader`")


QA_READER = Recipe((), _build)

if __name__ == "__main__":
    main()
