"""Fetch pinned packages with the registries' own clients, check them, read single files out of them."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from .errors import PackError
from .files import megabytes, scratch_folder, sha256_file, sha256_of


@dataclass(frozen=True)
class Package:
    """One package release. `wheel_tag` ("cp38-abi3-manylinux2014_x86_64") asks pip for that wheel even on
    another platform: it is only unzipped, never installed or imported."""

    ecosystem: str  # "pypi" or "npm"
    name: str
    version: str
    wheel_tag: str = ""

    def __str__(self) -> str:
        separator = "==" if self.ecosystem == "pypi" else "@"
        return f"{self.ecosystem}:{self.name}{separator}{self.version}"


@dataclass(frozen=True)
class LockedPackage:
    """What starter.lock.json records of a package file."""

    ecosystem: str
    name: str
    version: str
    file: str
    sha256: str
    bytes: int


class PackageCache:
    """Folder of verified package files. `locked` maps str(package) to its lock entry; when `learn` is true
    (lock mode) an unknown package is accepted and recorded instead of refused."""

    def __init__(self, folder: Path, locked: dict[str, LockedPackage], learn: bool = False) -> None:
        self.folder = folder
        self.locked = locked
        self.learn = learn

    def read(self, package: Package, path: str, sha256: str) -> bytes:
        """The bytes of one file inside the package, checked against its own sha256."""
        archive = self.fetch(package)
        data = _read_member(archive, path)
        if sha256_of(data) != sha256:
            raise PackError(
                f"{path} in {package} has sha256 {sha256_of(data)}, expected {sha256}: "
                "the recipe and the package do not belong together; check the recipe's pins"
            )
        return data

    def fetch(self, package: Package) -> Path:
        """Path of the verified package file, from the cache or freshly fetched."""
        lock = self.locked.get(str(package))
        if lock is None and not self.learn:
            raise PackError(f"{package} is not in starter.lock.json: a maintainer must run `modelpack lock` first")
        if lock is not None:
            cached = self.folder / lock.file
            if cached.exists():
                if sha256_file(cached) == lock.sha256:
                    return cached
                print(f"  {cached.name} in the cache is damaged or incomplete: fetching it again", flush=True)
                cached.unlink()
        return self._download(package, lock)

    def _download(self, package: Package, lock: LockedPackage | None) -> Path:
        size = f" ({megabytes(lock.bytes)})" if lock else ""
        print(f"  fetching {package}{size}", flush=True)
        with scratch_folder(self.folder) as scratch:
            client = _pip_download if package.ecosystem == "pypi" else _npm_pack
            client(package, scratch)
            files = [path for path in scratch.iterdir() if path.is_file()]
            if len(files) != 1:
                raise PackError(f"{package}: expected one file from the client, got {len(files)}")
            fetched = files[0]
            digest, count = sha256_file(fetched), fetched.stat().st_size
            if lock is not None and (digest, fetched.name) != (lock.sha256, lock.file):
                raise PackError(
                    f"{package}: got {fetched.name} with sha256 {digest}, starter.lock.json expects {lock.file} with "
                    f"{lock.sha256}. The registry or a mirror served something else: do not use it; check your mirror"
                )
            target = self.folder / fetched.name
            os.replace(fetched, target)
        self.locked[str(package)] = LockedPackage(
            package.ecosystem, package.name, package.version, target.name, digest, count
        )
        return target


def _pip_download(package: Package, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--dest", str(folder)]
    if package.wheel_tag:
        python, abi, platform = package.wheel_tag.split("-")
        major, minor = python.removeprefix("cp")[0], python.removeprefix("cp")[1:]
        command += ["--implementation", "cp", "--python-version", f"{major}.{minor}", "--abi", abi]
        command += ["--platform", platform]
    _run_client([*command, f"{package.name}=={package.version}"], package)


def _npm_pack(package: Package, folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise PackError(f"{package} needs npm, which is not on PATH: install Node.js and run again")
    command = [npm, "pack", "--loglevel=error", "--ignore-scripts", "--pack-destination", str(folder)]
    _run_client([*command, f"{package.name}@{package.version}"], package)


def _run_client(command: list[str], package: Package) -> None:
    """Run pip or npm; on failure keep the client's own reason, shortened to one line."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return
    lines = [line.strip() for line in (result.stderr + "\n" + result.stdout).splitlines() if line.strip()]
    if any("No module named pip" in line for line in lines):
        raise PackError("this Python has no pip: install it (Debian: python3-pip) and run again")
    if any("No space left" in line or "ENOSPC" in line for line in lines):
        raise PackError(f"disk full while fetching {package}: free some space and run again")
    raise PackError(
        f"could not fetch {package}: {_reason(lines)} -- check the network, proxy and registry settings of the client "
        "and run again; packages already fetched are kept"
    )


def _reason(lines: list[str]) -> str:
    """The most telling line of a client's output: a connection problem before what followed from it."""
    for sign in ("reason:", "onnection", "resolv", "ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "imed out", "rror"):
        for line in lines:
            if sign in line:
                return line[:240]
    return lines[-1][:240] if lines else "the client gave no message"


def _read_member(archive: Path, path: str) -> bytes:
    """`path` is as listed in the wheel, or in the npm tarball without its leading "package/"."""
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(path)
        with tarfile.open(archive) as tarball:
            member = tarball.extractfile(f"package/{path}")
            if member is None:
                raise KeyError(path)
            return member.read()
    except KeyError:
        raise PackError(f"{archive.name} holds no file {path}: check the recipe's path") from None
