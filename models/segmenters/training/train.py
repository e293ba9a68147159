"""Train a segmenter on CPU, from ImageNet weights or from an earlier checkpoint.

    PYTHONPATH=models python3 models/segmenters/training/train.py --data DATA --out RUN --minutes 60 \\
        (--cache PACKAGES | --start CHECKPOINT)

The same command again goes on where RUN/last.pt stops. RUN/best.pt holds the averaged weights that did best on the
validation pictures, RUN/log.jsonl a line each time they were scored. One thread: a second one waits more than it works
where other jobs share the cores."""

import argparse
import json
import math
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from augment import Augmenter
from losses import segmentation_loss
from network import Segmenter, autocast
from pictures import Split, read_classes, read_split
from scores import normalised, score
from torch.nn import BatchNorm2d
from torch.nn.functional import interpolate

_BATCH, _STEPS_A_ROUND, _WARM_UP, _CLIP = 8, 60, 40, 2.0
_ENCODER_RATE = 0.25  # of the decoder's
_AVERAGING = 0.99


class Sampler:
    """Pictures for a batch: a share of each class in turn, the rest without defects; where all have some, any."""

    def __init__(self, split: Split, classes: int, share: float, chooser: np.random.Generator):
        self._kinds = [np.flatnonzero((split.classes == kind).any((1, 2))) for kind in range(1, classes)]
        self._clean = np.flatnonzero(~split.classes.any((1, 2)))
        self._share = share
        self._chooser = chooser

    def draw(self) -> np.ndarray:
        return np.array([self._one() for _ in range(_BATCH)])

    def _one(self) -> int:
        clean = len(self._clean) > 0 and self._chooser.random() > self._share
        return int(self._chooser.choice(self._clean if clean else self._kinds[self._chooser.integers(len(self._kinds))]))


class Run:
    """Everything that a restart needs, kept in RUN/last.pt."""

    def __init__(self, network: Segmenter, folder: Path, rate: float, seed: int):
        self.network, self.folder, self.rate = network, folder, rate
        groups = [
            {"params": network.encoder(), "part": _ENCODER_RATE},
            {"params": network.decoder(), "part": 1.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=rate, weight_decay=0.02)
        self.average = {name: value.clone() for name, value in network.state_dict().items()}
        self.generator = torch.Generator().manual_seed(seed)
        self.chooser = np.random.default_rng(seed)
        self.step, self.spent, self.best = 0, 0.0, -1.0

    def resume(self) -> None:
        path = self.folder / "last.pt"
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average = state["average"]
        self.generator.set_state(state["generator"])
        self.chooser.bit_generator.state = json.loads(state["chooser"])
        self.step, self.spent, self.best = state["step"], state["spent"], state["best"]

    def save(self) -> None:
        content = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average,
            "generator": self.generator.get_state(),
            "chooser": json.dumps(self.chooser.bit_generator.state),
            "step": self.step,
            "spent": self.spent,
            "best": self.best,
        }
        unfinished = self.folder / "last.pt.part"
        torch.save(content, unfinished)
        unfinished.replace(self.folder / "last.pt")

    def learn(self, loss: torch.Tensor, progress: float) -> None:
        warm = min(1.0, (self.step + 1) / _WARM_UP)
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * group["part"] * warm * (0.5 + 0.5 * math.cos(math.pi * progress))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _CLIP)
        self.optimizer.step()
        self.step += 1
        for name, value in self.network.state_dict().items():
            if value.dtype.is_floating_point:
                self.average[name].lerp_(value, 1 - _AVERAGING)
            else:
                self.average[name].copy_(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument("--cache", type=Path, help="folder for the package with the ImageNet weights")
    start.add_argument("--start", type=Path, help="checkpoint to go on from")
    parser.add_argument("--minutes", type=float, required=True, help="in all; the learning rate falls to 0 by then")
    parser.add_argument("--rate", type=float, default=2e-3, help="of the decoder at its peak; the encoder's is a quarter")
    parser.add_argument("--share", type=float, default=0.65, help="of pictures with a defect in a batch")
    parser.add_argument("--fixed-blocks", type=int, default=0, help="keep the stem and that many encoder blocks")
    parser.add_argument("--fixed-norms", action="store_true", help="keep the means and variances of the start")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    network = Segmenter(len(read_classes(arguments.data)))
    if arguments.start:
        network.load_state_dict(torch.load(arguments.start, weights_only=True)["net"])
    else:
        from imagenet import load_encoder  # needs modelpack, which going on from a checkpoint does not

        load_encoder(network, arguments.cache)
    train(network, arguments)


def train(network: Segmenter, arguments: argparse.Namespace) -> None:
    classes = read_classes(arguments.data)
    pictures, held_out = (read_split(arguments.data, split) for split in ("train", "val"))
    run = Run(network, arguments.out, arguments.rate, arguments.seed)
    run.resume()
    sampler = Sampler(pictures, len(classes), arguments.share, run.chooser)
    grey = bool((pictures.pixels[..., 0] == pictures.pixels[..., 2]).all())
    augment = Augmenter(run.generator, grey)
    weight = class_weights(pictures.classes, len(classes))
    fixed = [network.stem, *network.blocks[: arguments.fixed_blocks]] if arguments.fixed_blocks else []
    norms = [part for part in network.modules() if isinstance(part, BatchNorm2d)] if arguments.fixed_norms else []
    while run.spent < 60 * arguments.minutes:
        began, losses = time.monotonic(), []
        network.train()
        for part in fixed:
            part.requires_grad_(False).eval()
        for norm in norms:
            norm.eval()
        for _ in range(_STEPS_A_ROUND):
            progress = (run.spent + time.monotonic() - began) / (60 * arguments.minutes)
            if progress >= 1:
                break
            chosen = sampler.draw()
            x, y = augment(normalised(pictures.pixels[chosen]), torch.from_numpy(pictures.classes[chosen]))
            with autocast():
                logits = network(x)
            logits = interpolate(logits, scale_factor=2, mode="bilinear", align_corners=False)
            loss = segmentation_loss(logits, y, weight)
            run.learn(loss, progress)
            losses.append(loss.item())
        run.spent += time.monotonic() - began
        finish_round(run, held_out, classes, float(np.mean(losses or [0])))


def class_weights(masks: np.ndarray, classes: int) -> torch.Tensor:
    """The fourth root of how rare a class is, against the ground."""
    pixels = np.bincount(masks.ravel(), minlength=classes)
    weight = (pixels.sum() / np.maximum(pixels, 1)) ** 0.25
    return torch.tensor(weight / weight[0], dtype=torch.float32)


def finish_round(run: Run, held_out: Split, classes: list[str], loss: float) -> None:
    """Score the averaged weights, keep them if they are the best so far, and make a restart possible."""
    current = {name: value.clone() for name, value in run.network.state_dict().items()}
    run.network.load_state_dict(run.average)
    scores = score(run.network, held_out, len(classes))
    run.network.load_state_dict(current)
    if scores.total() > run.best:
        run.best = scores.total()
        content: dict[str, Any] = {"net": run.average, "classes": classes, "step": run.step}
        torch.save(content, run.folder / "best.pt")
    run.save()
    line = {"step": run.step, "minutes": round(run.spent / 60, 2), "loss": round(loss, 4), **asdict(scores)}
    with (run.folder / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(f"{json.dumps(line)}\n")
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
