"""Reading and writing of golden files."""

import json
from pathlib import Path
from typing import Any


def read_rows(path: Path) -> list[Any]:
    return json.loads(path.read_text("utf-8"))


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, in which the API counts."""
    return len(text.encode("utf-16-le")) // 2


def write_rows(path: Path, rows: list[Any]) -> None:
    """One row per line, so that a change reads well in a diff."""
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text(f"[\n{lines}\n]\n", "utf-8")
