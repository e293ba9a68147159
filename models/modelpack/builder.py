"""Build model folders: convert into a hidden folder, compare with the committed manifest, move into place."""

import json
import os
import time
from importlib.metadata import version
from pathlib import Path

from . import manifest
from .errors import PackError
from .files import megabytes, scratch_folder, sha256_file, sha256_of, write_atomic
from .lock import Lock
from .recipes import recipe, require_known
from .sources import PackageCache
from .workspace import Workspace

MODELS = Path(__file__).resolve().parent.parent
LOCK_FILE = MODELS / "starter.lock.json"


def build(names: list[str], out: Path, cache: Path, relock: bool = False) -> None:
    """Make OUT/<name>/ for every name. With `relock` the committed manifests and the lock follow the result;
    without it a result that differs from them is an error."""
    for name in names:
        require_known(name)  # before any work is done
    for name in names:
        started = time.monotonic()
        if not relock and not problems(out / name, name):
            print(f"{name}: already built and valid", flush=True)
            continue
        print(f"{name}: building", flush=True)
        size = _build_one(name, out, cache, relock)
        print(f"{name}: done, {megabytes(size)} in {time.monotonic() - started:.1f} s", flush=True)


def problems(folder: Path, name: str) -> list[str]:
    """Why a built folder is not exactly what the committed manifest describes; empty when it is."""
    committed = _committed(name)
    if committed is None:
        return [f"models/{name}/{manifest.FILE_NAME} does not exist"]
    built = folder / manifest.FILE_NAME
    if not built.exists():
        return ["not built"]
    if built.read_bytes() != committed:
        return [f"{manifest.FILE_NAME} is another revision"]
    found = []
    for file, expected in json.loads(committed)["files"].items():
        path = folder / file
        if not path.exists():
            found.append(f"{file} is missing")
        elif path.stat().st_size != expected["bytes"] or sha256_file(path) != expected["sha256"]:
            found.append(f"{file} is damaged")
    return found


def _build_one(name: str, out: Path, cache: Path, relock: bool) -> int:
    lock = Lock.read(LOCK_FILE)
    packages = PackageCache(cache, lock.packages, learn=relock)
    with scratch_folder(out) as scratch:
        folder = scratch / name
        folder.mkdir()
        workspace = Workspace(packages, folder, MODELS / name)
        fields = recipe(name).build(workspace)
        content = manifest.assemble(name, fields, workspace.files)
        if relock:
            _relock(name, content, packages)
        else:
            _compare(name, content, lock)
        write_atomic(folder / manifest.FILE_NAME, content)
        _swap(folder, out / name, scratch / "previous")
    return sum(entry["bytes"] for entry in workspace.files.values())


def _compare(name: str, content: bytes, lock: Lock) -> None:
    committed = _committed(name)
    if committed is None or name not in lock.manifests:
        raise PackError(f"{name} has no committed manifest: a maintainer must run `modelpack lock {name}`")
    if sha256_of(committed) != lock.manifests[name]:
        raise PackError(f"models/{name}/{manifest.FILE_NAME} was changed by hand (a formatter?): restore it from git")
    if content == committed:
        return
    expected, produced = json.loads(committed), json.loads(content)
    differing = [key for key in produced["files"] if produced["files"][key] != expected["files"].get(key)]
    what = f"files {differing}" if differing else "manifest fields"
    raise PackError(
        f"{name}: {what} differ from the committed manifest (built with numpy {version('numpy')}, onnx "
        f"{version('onnx')}): install the exact versions of models/requirements.txt, or run `modelpack lock` if the "
        "recipe was meant to change"
    )


def _relock(name: str, content: bytes, packages: PackageCache) -> None:
    write_atomic(MODELS / name / manifest.FILE_NAME, content)
    lock = Lock.read(LOCK_FILE)  # again: another model may have been locked meanwhile
    for package in recipe(name).packages:
        lock.packages[str(package)] = packages.locked[str(package)]
    lock.manifests[name] = sha256_of(content)
    lock.write(LOCK_FILE)


def _swap(folder: Path, target: Path, previous: Path) -> None:
    """Two renames; a reader that opens files by path sees the old folder or the new one."""
    if target.exists():
        os.replace(target, previous)
    os.replace(folder, target)


def _committed(name: str) -> bytes | None:
    path = MODELS / name / manifest.FILE_NAME
    return path.read_bytes() if path.exists() else None
