"""Run a built single-pass model folder with onnxruntime, one thread unless told otherwise."""

import json
from pathlib import Path

import numpy as np
import onnxruntime as ort
from saturation import products_saturate


class BertSession:
    """`run` takes int32 [batch, sequence] arrays by name and ignores those that the graph does not have."""

    def __init__(self, graph: Path | bytes, threads: int = 1) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if products_saturate():
            options.add_session_config_entry("session.x64quantprecision", "1")
        source = graph if isinstance(graph, bytes) else str(graph)
        self._session = ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        self._inputs = [value.name for value in self._session.get_inputs()]

    @classmethod
    def of_model(cls, folder: Path) -> "BertSession":
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        return cls(folder / manifest["variants"]["cpu"]["graphs"]["main"])

    def run(self, batch: dict[str, np.ndarray]) -> list[np.ndarray]:
        """Outputs in the order of the manifest."""
        return self._session.run(None, {name: batch[name] for name in self._inputs})
