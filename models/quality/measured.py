"""models/<name>/measured.json: the committed measurements that a model's manifest repeats."""

import json
from pathlib import Path
from typing import Any

_MODELS = Path(__file__).resolve().parent.parent


def record(name: str, **parts: Any) -> None:
    """Replace the given parts ("batching", "quality"); run `modelpack lock NAME` afterwards."""
    path = _MODELS / name / "measured.json"
    content = json.loads(path.read_text("utf-8")) if path.exists() else {}
    content.update(parts)
    path.write_text(json.dumps(dict(sorted(content.items())), indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(f"recorded {', '.join(parts)} in models/{name}/measured.json; now run `modelpack lock {name}`")
