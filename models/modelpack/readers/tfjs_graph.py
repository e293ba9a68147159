"""Nodes of a TensorFlow.js graph model, in an order in which each comes after what it takes."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from ..errors import PackError


@dataclass(frozen=True)
class Node:
    name: str
    kind: str
    inputs: list[str]
    attributes: dict[str, Any]

    def text(self, attribute: str) -> str:
        return base64.b64decode(self.attributes[attribute]["s"]).decode()

    def ints(self, attribute: str) -> list[int]:
        return [int(value) for value in self.attributes[attribute]["list"]["i"]]


def read_tfjs_nodes(model: bytes, output: str) -> list[Node]:
    """Those that `output` needs. @raises PackError when there are none"""
    nodes = {entry["name"]: _node(entry) for entry in json.loads(model)["modelTopology"]["node"]}
    if output not in nodes:
        raise PackError(f"the graph has no node {output}: check the recipe")
    ordered: dict[str, Node] = {}
    waiting = [output]
    while waiting:
        node = nodes[waiting[-1]]
        missing = [name for name in node.inputs if name not in ordered]
        waiting += missing
        if not missing:
            ordered[node.name] = node
            waiting.pop()
    return list(ordered.values())


def _node(entry: dict[str, Any]) -> Node:
    inputs = [name.partition(":")[0] for name in entry.get("input", []) if not name.startswith("^")]
    return Node(entry["name"], entry["op"], inputs, entry.get("attr", {}))
