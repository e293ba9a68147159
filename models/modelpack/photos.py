"""Fetch the photos that calibration, golden files and tests use, out of two Python packages. They are not in this
repository: foolbox's are from ImageNet and for evaluation only.

    PYTHONPATH=models python3 -m modelpack.photos --out DIR --cache DIR"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from .errors import PackError
from .files import sha256_file, write_atomic
from .sources import Package, PackageCache


@dataclass(frozen=True)
class PhotoSet:
    """`photos`: file name -> sha256; all in one folder of the package."""

    package: Package
    folder: str
    photos: dict[str, str]


# Public domain or CC0 (skimage/data/_fetchers.py says which), but for the motorcycle, whose terms are not stated there.
SCIKIT_IMAGE = PhotoSet(
    Package("pypi", "scikit-image", "0.26.0", wheel_tag="cp311-cp311-manylinux_2_28_x86_64"),
    "skimage/data",
    {
        "astronaut.png": "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        "camera.png": "b0793d2adda0fa6ae899c03989482bff9a42d3d5690fc7e3648f2795d730c23a",
        "chelsea.png": "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
        "coffee.png": "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
        "motorcycle_left.png": "db18e9c4157617403c3537a6ba355dfeafe9a7eabb6b9b94cb33f6525dd49179",
        "rocket.jpg": "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
    },
)
# ImageNet, cropped to 512 x 512; the number at the end of the name is the right class.
FOOLBOX = PhotoSet(
    Package("pypi", "foolbox", "3.3.4"),
    "foolbox/data",
    {
        "imagenet_00_243.jpg": "28b7b933c8028c6e20bf74a86a709eda42ce99f14c8742cb657cb386f08a4c9d",
        "imagenet_01_559.jpg": "5f03b0c74dff01b5b4195d0beabcae2a625a406e6917957ab9c455b5b7dea6d6",
        "imagenet_02_438.jpg": "ccef0734c1a65549c6cb5adb0f5d9b1c0b2e2104aba50a9e5f9202dc6d4532ed",
        "imagenet_03_990.jpg": "c7f0b2f1e9ee39d8f900759e8983afa2e4a2d7de090060e8bb947f6e90cace5f",
        "imagenet_04_949.jpg": "a7f62f3c1d214de4718c7253871ab38209283249e131faf65b8f2b7fdc970669",
        "imagenet_05_853.jpg": "8a449436c61da867528b1f4efaf8ae832ab9c9201705eae0d3af1353fbdac131",
        "imagenet_06_609.jpg": "fb061102a4e58b3ed942bb2a4f9542e1e1acdc8f225ef95498e93889290e192f",
        "imagenet_07_609.jpg": "2c297ad1e5c4804a647e9b34bc02ee2fc348b05a4d49050d170fb61c948efa5c",
        "imagenet_08_915.jpg": "c6a3411a3987799f0de45adc142f00ca412c3e14073c635e2adfae1f3913180c",
        "imagenet_09_455.jpg": "ace3716b60ac5843269b270e17020e4f8138440cd30ef3487f7d6e54da9745a4",
        "imagenet_10_541.jpg": "f325c71d9f4290ee45e99bd7ad42f4bffe513b1450ad21e7bd61c7cb137395d9",
        "imagenet_11_630.jpg": "892dff58fc528fe63d2df0c783aa3eca2342637798578ce01763fbc0553eda01",
        "imagenet_12_741.jpg": "6c256e17545b25bbf2e06cf6513ff48d049583569515ac4d4c3a52aea804a529",
        "imagenet_13_471.jpg": "52ed0e738b90d27afcabc3e92c81ae637f160c2d9f75b93a65211005ab5dcd81",
        "imagenet_14_129.jpg": "ad9371d813bf24b0365ee2f78f28c08718ee7c5975f060caa16c3f264e828139",
        "imagenet_15_99.jpg": "4b588649cd835d4c65521727ebee03d9621baff1f54d3e8a53a26b53d983ec2e",
        "imagenet_16_251.jpg": "ce3440a3b7beb6ca3009817504c44d39fa789e7c2f70a2eef7e2f9cc9a87b129",
        "imagenet_17_22.jpg": "b432341845620e9cfd67d848c4783c32dd6eaddad45513866b17180d2b09fcf5",
        "imagenet_18_317.jpg": "b9412f92f0b1c3faede45b55a44940977daa744f2040118d0538cf597fca785d",
        "imagenet_19_305.jpg": "e1f58f00e2e47ce930d7ecab0e46a78316054f68c10d0742e87c1cc092324556",
    },
)


def fetch(out: Path, cache: Path) -> list[Path]:
    """Make sure that every photo is in `out`; only missing or damaged ones are fetched."""
    packages = PackageCache(cache, {}, learn=True)  # the photos' own sha256 are pinned instead of the archives'
    paths = []
    for source in (SCIKIT_IMAGE, FOOLBOX):
        for name, sha256 in source.photos.items():
            path = out / name
            if not path.exists() or sha256_file(path) != sha256:
                write_atomic(path, packages.read(source.package, f"{source.folder}/{name}", sha256))
            paths.append(path)
    return paths


def labelled_class(photo: Path) -> int | None:
    """The right class of a foolbox photo; None for the others."""
    return int(photo.stem.split("_")[2]) if photo.name in FOOLBOX.photos else None


def main() -> int:
    parser = argparse.ArgumentParser(prog="modelpack.photos", description="Fetch the photos of the golden files.")
    parser.add_argument("--out", type=Path, required=True, help="folder that receives the photos")
    parser.add_argument("--cache", type=Path, required=True, help="folder for fetched packages")
    arguments = parser.parse_args()
    try:
        print(f"{len(fetch(arguments.out, arguments.cache))} photos in {arguments.out}")
    except PackError as error:
        print(f"modelpack.photos: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
