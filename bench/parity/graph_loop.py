"""CPU-ms an item of a graph under Python's onnxruntime, one thread, on the inputs that graph-loop.process.js wrote.

    python3 bench/parity/graph_loop.py FILE SECONDS"""

import base64
import json
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort


def main() -> None:
    written = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    runs = [{tensor["name"]: _array(tensor) for tensor in run} for run in written["inputs"]]
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    for key, value in written["config"].items():
        options.add_session_config_entry(f"session.{key}", value)
    session = ort.InferenceSession(written["graph"], options, providers=["CPUExecutionProvider"])
    for feeds in runs:
        session.run(None, feeds)
    items, begun, until = 0, time.process_time(), time.monotonic() + float(sys.argv[2])
    while time.monotonic() < until:
        for feeds in runs:
            session.run(None, feeds)
            items += len(next(iter(feeds.values())))
    print(1000 * (time.process_time() - begun) / items)


def _array(tensor: dict) -> np.ndarray:
    return np.frombuffer(base64.b64decode(tensor["base64"]), dtype=tensor["type"]).reshape(tensor["dims"])


if __name__ == "__main__":
    main()
