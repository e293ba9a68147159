"""The mean of two checkpoints that began at the same one: what a longer and a gentler run have learned, in one network.

    PYTHONPATH=models python3 models/segmenters/training/blend.py RUN/best.pt OTHER/best.pt --out FILE

Judge the result on the validation pictures: the mean of runs that began apart is worth nothing (Wortsman et al. 2022,
arXiv:2203.05482)."""

import argparse
from pathlib import Path

import torch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", type=Path, nargs=2)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    first, second = (torch.load(path, weights_only=True)["net"] for path in arguments.checkpoints)
    for name, value in first.items():
        if value.dtype.is_floating_point:
            value.lerp_(second[name], 0.5)
    torch.save({"net": first}, arguments.out)


if __name__ == "__main__":
    main()
