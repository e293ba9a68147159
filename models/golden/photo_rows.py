"""The command line of the golden files that are made of photos."""

import argparse
from pathlib import Path

from modelpack import photos

_REPOSITORY = Path(__file__).resolve().parent.parent.parent


def parse_arguments(description: str | None, here: Path) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="folder that modelpack built into")
    parser.add_argument("--photos", type=Path, required=True, help="folder for the photos of modelpack.photos")
    parser.add_argument("--cache", type=Path, required=True, help="folder for fetched packages")
    parser.add_argument("--out", type=Path, default=here, help="where to write, beside the script by default")
    return parser.parse_args()


def photo_paths(arguments: argparse.Namespace) -> list[Path]:
    """The one in test/assets, then those of modelpack.photos, fetched where they are missing."""
    return [_REPOSITORY / "test" / "assets" / "cat.jpg", *photos.fetch(arguments.photos, arguments.cache)]
