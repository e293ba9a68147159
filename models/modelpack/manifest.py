"""manifest.json of a model folder: field order, bytes and checks. The server parses the same file with its own
schema; this one only stops a recipe from shipping something incomplete."""

import json
from typing import Any

from .errors import PackError

FILE_NAME = "manifest.json"

# Every field in the order it is written. Those in the second set appear only where they mean something.
_ORDER = (
    "schemaVersion", "name", "revision", "task", "description", "runner", "languages", "files", "variants", "graphs",
    "tokenizer", "labels", "image", "detection", "segmentation", "limits", "windows", "noAnswer", "decoding", "batching",
    "quality", "licence", "provenance",
)  # fmt: skip
_OPTIONAL = {"languages", "tokenizer", "labels", "image", "detection", "segmentation", "limits", "windows", "noAnswer", "decoding"}
_RUNNERS = {"encoder-decoder": {"encoder", "decoderStep"}, "single-pass": {"main"}}
_DTYPES = {"float32", "int32", "int64", "int8", "uint8"}


def assemble(name: str, fields: dict[str, Any], files: dict[str, dict[str, Any]]) -> bytes:
    """Manifest bytes from a recipe's fields and the produced files {name: {sha256, bytes}}."""
    known = {"schemaVersion": 1, "name": name, "files": {key: files[key] for key in sorted(files)}, **fields}
    unexpected = sorted(set(known) - set(_ORDER))
    missing = sorted(set(_ORDER) - _OPTIONAL - set(known))
    if unexpected or missing:
        raise PackError(f"recipe {name}: manifest fields unexpected: {unexpected}, missing: {missing}; fix the recipe")
    manifest = {key: known[key] for key in _ORDER if key in known}
    problems = check(manifest)
    if problems:
        raise PackError(f"recipe {name}: {'; '.join(problems)}; fix the recipe")
    return (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()


def check(manifest: dict[str, Any]) -> list[str]:
    """What contradicts itself, in words; empty when all is well."""
    files, graphs, runner = manifest["files"], manifest["graphs"], manifest["runner"]
    roles = _RUNNERS.get(runner)
    if roles is None:
        return [f"runner {runner} is not one of {sorted(_RUNNERS)}"]
    problems = []
    if set(graphs) != roles:
        problems.append(f"runner {runner} needs graphs {sorted(roles)}, found {sorted(graphs)}")
    if "cpu" not in manifest["variants"]:
        problems.append("there is no cpu variant")
    for variant, content in manifest["variants"].items():
        if set(content["graphs"]) != roles:
            problems.append(f"variant {variant} needs graphs {sorted(roles)}")
        problems += [f"{variant}: no file {file}" for file in content["graphs"].values() if file not in files]
    named = [manifest.get("labels"), manifest.get("tokenizer", {}).get("file")]
    problems += [f"no file {file}" for file in named if file is not None and file not in files]
    for role, graph in graphs.items():
        for tensor in [*graph["inputs"], *graph["outputs"]]:
            if tensor["dtype"] not in _DTYPES:
                problems.append(f"{role}.{tensor['name']}: dtype {tensor['dtype']}")
    return problems
