"""Fine-tune a small BERT encoder as the reader, on CPU. The [CLS] position stands for "no answer here".

    python3 train.py --base FOLDER --out FOLDER --train FILE[:N] ... --minutes 66

Every --train file takes part whole, or with N random records. Writes model.safetensors (half precision), config.json
and tokenizer.json. See README.md for the two passes that made the shipped weights."""

import argparse
import itertools
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from features import Feature, batches, features, read_examples
from qa_windows import collate, read_tokenizer
from record import Record
from tokenizers import Tokenizer
from torch.nn.functional import cross_entropy
from transformers import BertConfig, BertForQuestionAnswering

_BATCH, _WARM_UP, _CLIP = 16, 0.06, 1.0
_REPORT_EVERY = 100  # steps


@dataclass(frozen=True)
class Stage:
    """Windows of max_tokens, neighbours sharing stride, until that share of the time is used."""

    max_tokens: int
    stride: int
    until: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True, help="config.json, model.safetensors, tokenizer.json")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--train", nargs="+", required=True, metavar="FILE[:N]")
    parser.add_argument("--minutes", type=float, required=True, help="the learning rate falls to 0 by then")
    parser.add_argument("--learning-rate", type=float, default=2e-4, help="at its peak")
    parser.add_argument("--null-share", type=float, default=0.05, help="share kept of windows that miss the answer")
    parser.add_argument("--short-until", type=float, default=0.45, help="share of the time on windows of 160 tokens")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(arguments.threads)
    tokenizer = read_tokenizer(arguments.base / "tokenizer.json")
    model = load(arguments.base)
    stages = [Stage(160, 80, arguments.short_until), Stage(256, 128, 1.0)]
    train(model, tokenizer, read_records(arguments.train), stages, arguments)
    model.half().save_pretrained(arguments.out)
    tokenizer.save(str(arguments.out / "tokenizer.json"))


def read_records(files: list[str]) -> list[Record]:
    found: list[Record] = []
    for entry in files:
        path, _, count = entry.partition(":")
        records = read_examples(Path(path))
        found += random.Random(0).sample(records, min(int(count), len(records))) if count else records
    return found


def load(folder: Path) -> BertForQuestionAnswering:
    """No dropout on attention: it lets eager attention, the fastest here, run without a mask of its own."""
    config = BertConfig.from_pretrained(folder)
    config.attention_probs_dropout_prob = 0.0
    model = BertForQuestionAnswering.from_pretrained(folder, config=config, attn_implementation="eager")
    return model.float()


def train(
    model: BertForQuestionAnswering,
    tokenizer: Tokenizer,
    records: list[Record],
    stages: list[Stage],
    arguments: argparse.Namespace,
) -> None:
    model.train()
    optimizer = _optimizer(model, arguments.learning_rate)
    began = time.monotonic()
    steps = itertools.count(1)
    for stage in stages:
        for batch in _endless(records, tokenizer, stage, arguments.null_share):
            progress = (time.monotonic() - began) / (60 * arguments.minutes)
            if progress >= stage.until:
                break
            for group in optimizer.param_groups:
                group["lr"] = arguments.learning_rate * _schedule(progress)
            loss = _loss(model, batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), _CLIP)
            optimizer.step()
            step = next(steps)
            if step % _REPORT_EVERY == 0:
                print(f"step {step}, {100 * progress:.0f} % of the time, loss {loss.item():.3f}", flush=True)


def _endless(records: list[Record], tokenizer: Tokenizer, stage: Stage, null_share: float) -> Iterator[list[Feature]]:
    chooser = random.Random(stage.max_tokens)
    while True:
        found = features(records, tokenizer, stage.max_tokens, stage.stride, null_share, chooser)
        yield from batches(found, _BATCH, chooser)


def _loss(model: BertForQuestionAnswering, batch: list[Feature]) -> torch.Tensor:
    """Mean cross-entropy of start and end over the real positions, in bfloat16 autocast."""
    rows = collate([feature.window for feature in batch])
    inputs = {name: torch.from_numpy(array).long() for name, array in rows.items()}
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(**inputs)
    padding = inputs["attention_mask"] == 0
    wanted = (
        (output.start_logits, [feature.start for feature in batch]),
        (output.end_logits, [feature.end for feature in batch]),
    )
    losses = [cross_entropy(x.float().masked_fill(padding, -1e4), torch.tensor(places)) for x, places in wanted]
    return torch.stack(losses).mean()


def _optimizer(model: BertForQuestionAnswering, rate: float) -> torch.optim.AdamW:
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), fused=True)


def _schedule(progress: float) -> float:
    """Linear warm-up, then linear decay to 0; progress runs from 0 to 1."""
    return progress / _WARM_UP if progress < _WARM_UP else max(0.0, (1 - progress) / (1 - _WARM_UP))


if __name__ == "__main__":
    main()
