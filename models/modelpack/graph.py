"""A thin ONNX graph builder: every call adds one node and returns the name of its output.

The result is the same to the byte for the same calls: names come from counters, constants are stored in order of
first use, and nothing that varies by machine or time (producer version, metadata) is written."""

from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

OPSET = 17  # LayerNormalization arrives here; every current runtime has it
IR_VERSION = 8
MICROSOFT = "com.microsoft"  # onnxruntime's contrib operators

_DTYPES = {
    "float32": onnx.TensorProto.FLOAT,
    "float64": onnx.TensorProto.DOUBLE,
    "int32": onnx.TensorProto.INT32,
    "int64": onnx.TensorProto.INT64,
    "int8": onnx.TensorProto.INT8,
    "uint8": onnx.TensorProto.UINT8,
    "bool": onnx.TensorProto.BOOL,
}


class Graph:
    """One ONNX graph under construction. Values are referred to by name (str)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}
        self.inputs: list[dict[str, Any]] = []
        self.outputs: list[dict[str, Any]] = []
        self._counts: dict[str, int] = {}
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def input(self, name: str, dtype: str, dims: list[str | int], pad: int | None = None) -> str:
        """Declare an input. `pad` goes to the manifest: the value the host fills unused positions with."""
        described: dict[str, Any] = {"name": name, "dtype": dtype, "dims": dims}
        self.inputs.append(described if pad is None else {**described, "pad": pad})
        return name

    def output(self, value: str, name: str, dtype: str, dims: list[str | int]) -> str:
        """Declare `value` as an output: it is renamed everywhere (an Identity node would be a copy at run time)."""
        for node in self.nodes:
            node.input[:] = [name if item == value else item for item in node.input]
            node.output[:] = [name if item == value else item for item in node.output]
        self.outputs.append({"name": name, "dtype": dtype, "dims": dims})
        return name

    def constant(self, array: Any, name: str = "", shared: bool = True) -> str:
        """An initializer. Equal arrays are stored once unless `shared` is false."""
        array = np.ascontiguousarray(array).reshape(np.shape(array))
        key = (array.dtype.str, array.shape, array.tobytes())
        if shared and key in self._constants:
            return self._constants[key]
        label = name or self._fresh("constant")
        if label in self.initializers:
            raise ValueError(f"initializer {label} exists already")
        self.initializers[label] = numpy_helper.from_array(array, label)
        self._constants.setdefault(key, label)
        return label

    def ints(self, *values: int) -> str:
        """A 1-D int64 constant: shapes, axes, split sizes."""
        return self.constant(np.array(values, np.int64))

    def float(self, value: float) -> str:
        """A float32 scalar constant."""
        return self.constant(np.float32(value))

    def op(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output."""
        return self.ops(kind, 1, *inputs, domain=domain, **attributes)[0]

    def ops(self, kind: str, outputs: int, *inputs: str, domain: str = "", **attributes: Any) -> list[str]:
        """Add a node with several outputs."""
        label = self._fresh(kind)
        names = [label if outputs == 1 else f"{label}.{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=label, domain=domain, **attributes))
        return names

    def cast(self, value: str, dtype: str) -> str:
        return self.op("Cast", value, to=_DTYPES[dtype])

    def io(self) -> dict[str, list[dict[str, Any]]]:
        """The manifest's description of this graph."""
        return {"inputs": self.inputs, "outputs": self.outputs}

    def serialize(self) -> bytes:
        """The finished, checked model as bytes."""
        graph = helper.make_graph(
            self.nodes,
            self.name,
            [_value_info(item) for item in self.inputs],
            [_value_info(item) for item in self.outputs],
            list(self.initializers.values()),
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="modelpack")
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))

    def _fresh(self, kind: str) -> str:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"{kind}_{self._counts[kind]}"


def _value_info(item: dict[str, Any]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(item["name"], _DTYPES[item["dtype"]], item["dims"])
