"""Asks a server over `/v2` with NVIDIA's client, and over REST without it; prints what both say as JSON.

usage: tensor_client.py URL KEY PHOTO
"""

import base64
import json
import sys
import urllib.request

import numpy as np
import tritonclient.http as triton

url, key, photo = sys.argv[1:]
client = triton.InferenceServerClient(url.removeprefix("http://"))
image = open(photo, "rb").read()
sentences = ["A small house.", "A large garden.", "It opens at nine."]


def headers():
    """New ones each time: the client writes the length of its JSON into what it is given, and leaves it there."""
    return {"authorization": f"Bearer {key}"}


def tensor(name, values, datatype="BYTES", binary=True):
    array = np.array(values, dtype=triton.triton_to_np_dtype(datatype) if datatype != "BYTES" else object)
    made = triton.InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array, binary_data=binary)
    return made


def infer(model, inputs, outputs=(), **options):
    asked = [triton.InferRequestedOutput(name, binary_data=binary) for name, binary in outputs]
    result = client.infer(model, inputs, outputs=asked or None, headers=headers(), **options)
    reply = result.get_response()
    tensors = {each["name"]: readable(result.as_numpy(each["name"])) for each in reply["outputs"]}
    return {**{name: reply.get(name) for name in ("id", "model_version", "parameters")}, "tensors": tensors}


def readable(array):
    """Texts instead of bytes, and null for a number that is not there."""
    if array.dtype == np.float32:
        array = np.where(np.isnan(array), None, array)
    if array.dtype == object:
        array = np.vectorize(lambda each: each.decode() if isinstance(each, bytes) else each, otypes=[object])(array)
    return {"shape": list(array.shape), "data": array.tolist()}


def refusal(model, inputs, **options):
    try:
        client.infer(model, inputs, **{"headers": headers(), **options})
    except triton.InferenceServerException as error:
        return f"{error.status()} {error.message()}"
    return "answered"


def rest(path, body):
    request = urllib.request.Request(
        url + path, json.dumps(body).encode(), {**headers(), "content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.load(reply)


texts = [sentence.encode() for sentence in sentences]
encoded = base64.b64encode(image).decode()
region = {"x": 0, "y": 0, "width": 200, "height": 200}
print(
    json.dumps(
        {
            "server": {
                "live": client.is_server_live(),
                "ready": client.is_server_ready(),
                "metadata": client.get_server_metadata(),
                "model": client.get_model_metadata("minilm-l6", "1", headers=headers()),
                "modelReady": client.is_model_ready("minilm-l6", "1", headers=headers()),
                "otherReady": client.is_model_ready("unicorn", headers=headers()),
            },
            "tensors": {
                "embed": infer("embed", [tensor("text", texts)], request_id="mine"),
                "model": infer(
                    "minilm-l6",
                    [tensor("text", sentences, binary=False)],
                    [("embedding", False), ("error", True)],
                    model_version="1",
                ),
                "translate": infer(
                    "translate",
                    [tensor("text", [texts[0], "Uma casa pequena.".encode()]), tensor("target", [b"pt", b"en"])],
                ),
                "answer": infer(
                    "answer",
                    [tensor("question", [b"When does it open?"]), tensor("context", [[texts[2], texts[0]]])],
                    parameters={"topK": 2},
                ),
                "detect": infer(
                    "detect-objects",
                    [
                        tensor("image", [image, image]),
                        tensor("region", [list(region.values()), [0, 0, 400, 300]], "INT32"),
                    ],
                    parameters={"minScore": 0.25},
                ),
            },
            "rest": {
                "embed": rest("/v1/embed", {"text": sentences}),
                "translate": [
                    rest("/v1/translate", {"text": sentences[0], "target": "pt"}),
                    rest("/v1/translate", {"text": "Uma casa pequena.", "target": "en"}),
                ],
                "answer": rest(
                    "/v1/answer",
                    {"question": "When does it open?", "context": [sentences[2], sentences[0]], "topK": 2},
                ),
                "detect": rest("/v1/images/detect", {"image": encoded, "region": region, "minScore": 0.25}),
            },
            "refusals": {
                "model": refusal("unicorn", [tensor("text", texts)]),
                "datatype": refusal("embed", [tensor("text", [1], "INT32")]),
                "shape": refusal("embed", [tensor("text", [texts])]),
                "rows": refusal("embed", [tensor("text", texts * 43)]),
                "size": refusal("embed", [tensor("text", [b"a" * 2**21])]),
                "key": refusal("embed", [tensor("text", texts)], headers={}),
                "timeout": refusal("embed", [tensor("text", texts)], timeout=1),
            },
        }
    )
)
