"""starter.lock.json: which package files and which manifests make up the starter pack."""

import json
from dataclasses import asdict
from pathlib import Path

from .errors import PackError
from .files import write_atomic
from .sources import LockedPackage, Package


class Lock:
    """packages: by str(Package); manifests: sha256 of models/<name>/manifest.json by model name."""

    def __init__(self, packages: dict[str, LockedPackage], manifests: dict[str, str]) -> None:
        self.packages = packages
        self.manifests = manifests

    @classmethod
    def read(cls, path: Path) -> "Lock":
        if not path.exists():
            return cls({}, {})
        try:
            content = json.loads(path.read_text("utf-8"))
            entries = [LockedPackage(**entry) for entry in content["packages"]]
            manifests = {name: entry["manifestSha256"] for name, entry in content["models"].items()}
        except (ValueError, KeyError, TypeError) as error:
            raise PackError(f"{path.name} is damaged ({error}): restore it from git") from None
        return cls({str(Package(e.ecosystem, e.name, e.version)): e for e in entries}, manifests)

    def write(self, path: Path) -> None:
        content = {
            "schemaVersion": 1,
            "packages": [asdict(self.packages[key]) for key in sorted(self.packages)],
            "models": {name: {"manifestSha256": self.manifests[name]} for name in sorted(self.manifests)},
        }
        write_atomic(path, (json.dumps(content, indent=2) + "\n").encode())
