"""One decoder out of two, as Optimum merges them: an If on `use_cache_branch`, weights shared outside its branches."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from modelpack.graph import IR_VERSION, Graph

from .layers import HEADS, WIDTH
from .seq2seq import past_inputs


def merge_decoders(first: Graph, with_past: Graph) -> bytes:
    """A model with the inputs of both and the outputs of the first; those that a branch lacks are empty dummies."""
    shared: dict[tuple[str, bytes], TensorProto] = {}
    without = _branch(first, "no_cache_", first, shared)
    cached = _branch(with_past, "cache_", first, shared)
    switch = helper.make_node(
        "If",
        ["use_cache_branch"],
        [item["name"] for item in first.outputs],
        name="optimum::if",
        then_branch=cached,
        else_branch=without,
    )
    graph = helper.make_graph(
        [switch], "merged", _inputs(first), [_info(item) for item in first.outputs], list(shared.values())
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="hublayout")
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def _inputs(first: Graph) -> list[onnx.ValueInfoProto]:
    pasts = [dict(zip(("name", "dtype", "dims"), item, strict=True)) for item in past_inputs().values()]
    switch = {"name": "use_cache_branch", "dtype": "bool", "dims": [1]}
    return [_info(item) for item in [*first.inputs, *pasts, switch]]


def _branch(graph: Graph, prefix: str, whole: Graph, shared: dict[tuple[str, bytes], TensorProto]) -> onnx.GraphProto:
    """Its values renamed, but for the inputs, which it reads from outside; equal weights become one."""
    names = {item["name"]: item["name"] for item in graph.inputs}
    for label, tensor in graph.initializers.items():
        key = (f"{tensor.data_type}:{list(tensor.dims)}", tensor.raw_data)
        kept = shared.setdefault(key, _renamed(tensor, f"{prefix}{label}"))
        names[label] = kept.name
    nodes = []
    for original in graph.nodes:
        node = onnx.NodeProto()
        node.CopyFrom(original)
        node.name = prefix + original.name
        node.input[:] = [names.get(name, prefix + name) for name in original.input]
        node.output[:] = [prefix + name for name in original.output]
        nodes.append(node)
    produced = {item["name"] for item in graph.outputs}
    for item in whole.outputs:
        if item["name"] not in produced:
            empty = numpy_helper.from_array(np.zeros((0, HEADS, 1, WIDTH // HEADS), np.float32))
            nodes.append(helper.make_node("Constant", [], [prefix + item["name"]], value=empty))
    outputs = [_info({**item, "name": prefix + item["name"]}) for item in whole.outputs]
    return helper.make_graph(nodes, prefix.rstrip("_"), [], outputs)


def _renamed(tensor: TensorProto, name: str) -> TensorProto:
    copy = TensorProto()
    copy.CopyFrom(tensor)
    copy.name = name
    return copy


def _info(item: dict) -> onnx.ValueInfoProto:
    kind = {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64, "bool": TensorProto.BOOL}[item["dtype"]]
    return helper.make_tensor_value_info(item["name"], kind, item["dims"])
