"""A copy of a text model that breaks on one word and never returns from another: python3 brittle-model.py FROM TO"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

BREAKS_ON = "poison"
HANGS_ON = "abyss"

source, target = map(Path, sys.argv[1:])
shutil.copytree(source, target)
manifest = json.loads((source / "manifest.json").read_text())
vocabulary = json.loads((source / manifest["tokenizer"]["file"]).read_text())["model"]["vocab"]
file = manifest["variants"]["cpu"]["graphs"]["main"]
model = onnx.load(source / file)
graph = model.graph

for node in graph.node:
    for place, name in enumerate(node.input):
        if name == "input_ids":
            node.input[place] = "checked_ids"


def constant(name, value, dtype):
    graph.initializer.append(numpy_helper.from_array(numpy.array(value, dtype), name))
    return name


# An identity, gone through for ever where there is such a word and never where there is none.
body = helper.make_graph(
    [
        helper.make_node("Identity", ["go_on"], ["goes_on"]),
        helper.make_node("Identity", ["ids"], ["same_ids"]),
    ],
    "turn",
    [
        helper.make_tensor_value_info("turn", TensorProto.INT64, []),
        helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
        helper.make_tensor_value_info("ids", TensorProto.INT32, None),
    ],
    [
        helper.make_tensor_value_info("goes_on", TensorProto.BOOL, []),
        helper.make_tensor_value_info("same_ids", TensorProto.INT32, None),
    ],
)
hangs_on = constant("hangs_on", vocabulary[HANGS_ON], numpy.int32)
breaks_on = constant("breaks_on", vocabulary[BREAKS_ON], numpy.int32)
checks = [
    helper.make_node("Equal", ["input_ids", hangs_on], ["is_abyss"]),
    helper.make_node("Cast", ["is_abyss"], ["abysses"], to=TensorProto.INT64),
    helper.make_node("ReduceMax", ["abysses"], ["has_abyss"], keepdims=0),
    helper.make_node("Mul", ["has_abyss", constant("for_ever", 2**62, numpy.int64)], ["turns"]),
    helper.make_node("Loop", ["turns", constant("go", True, bool), "input_ids"], ["turned_ids"], body=body),
    # The table of embeddings has no such row.
    helper.make_node("Equal", ["turned_ids", breaks_on], ["is_poison"]),
    helper.make_node("Where", ["is_poison", constant("nowhere", 2**31 - 1, numpy.int32), "turned_ids"], ["checked_ids"]),
]
for place, node in enumerate(checks):
    graph.node.insert(place, node)

onnx.save(model, target / file)
content = (target / file).read_bytes()
manifest["name"] = target.name
manifest["files"][file] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
(target / "manifest.json").write_text(json.dumps(manifest))
