"""A model folder's graph as a model of Triton's Python backend: Triton's own for ONNX is in no public package."""

import json
import os
import sys

# The backend's interpreter does not read PYTHONPATH.
sys.path[:0] = os.environ["PYTHONPATH"].split(":")

import numpy  # noqa: E402
import onnxruntime  # noqa: E402
import triton_python_backend_utils as triton  # noqa: E402


class TritonPythonModel:
    def initialize(self, args):
        config = json.loads(args["model_config"])
        self.inputs = [tensor["name"] for tensor in config["input"]]
        self.outputs = [tensor["name"] for tensor in config["output"]]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        for key, value in json.loads(config["parameters"]["session"]["string_value"]).items():
            options.add_session_config_entry(f"session.{key}", value)
        graph = config["parameters"]["graph"]["string_value"]
        self.session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        # DLPack, as the backend was built for NumPy 1 and misreads the arrays of NumPy 2.
        feeds = {name: numpy.from_dlpack(triton.get_input_tensor_by_name(request, name)) for name in self.inputs}
        try:
            arrays = self.session.run(self.outputs, feeds)
        except Exception as error:
            return triton.InferenceResponse(error=triton.TritonError(str(error)))
        return triton.InferenceResponse(list(map(triton.Tensor.from_dlpack, self.outputs, arrays)))
