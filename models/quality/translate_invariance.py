"""Does a translation depend on who shares its batch, or on padding? Exit code 1 if it does.

    python3 models/quality/translate_invariance.py --models OUT --data ../shared/data/translation"""

import argparse
import math
import random
import sys
from pathlib import Path

import numpy as np
from translator import Translator

_FILES = "flores-devtest-300"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="folder that modelpack built into")
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {_FILES}.en and {_FILES}.pt")
    arguments = parser.parse_args()
    differing = 0
    for source, target in (("en", "pt"), ("pt", "en")):
        translator = Translator(arguments.models / f"translate-{source}-{target}")
        lines = (arguments.data / f"{_FILES}.{source}").read_text("utf-8").splitlines()
        alone = translator.translate(lines, batch=1)
        others = {
            "batch 32, similar lengths": translator.translate(lines, batch=32),
            "batch 32, lengths mixed": _mixed(translator, lines),
            "batch 1, 32 empty positions": translator.translate(lines, batch=1, padding=32),
            "batch 64, 32 empty positions": translator.translate(lines, batch=64, padding=32),
            "16 slots, rows of different ages": _staggered(translator, lines),
        }
        for title, found in others.items():
            same = sum(a == b for a, b in zip(alone, found, strict=True))
            differing += len(lines) - same
            print(f"{source}-{target}: alone = {title}: {same} of {len(lines)}", flush=True)
    return 1 if differing else 0


def _mixed(translator: Translator, lines: list[str]) -> list[str]:
    """Shuffled, so that short sentences share a batch with long ones."""
    order = list(range(len(lines)))
    random.Random(1).shuffle(order)
    results = [""] * len(lines)
    for start in range(0, len(order), 32):
        chosen = order[start : start + 32]
        for index, text in zip(chosen, translator.translate([lines[index] for index in chosen]), strict=True):
            results[index] = text
    return results


def _staggered(translator: Translator, lines: list[str], slots: int = 16) -> list[str]:
    """As a server does it: a finished row's slot goes to the next sentence at once, so every step has rows of many
    ages, and slots without work run along until the end."""
    ids = [translator.tokenize(line) for line in lines]
    length = max(map(len, ids))
    feeds = translator.encode_batch([[0]] * slots, padding=length - 1)
    feeds["mask_bias"][:] = -1e9
    feeds["prev_ids"], feeds["position"] = np.full(slots, -1, np.int32), np.zeros(slots, np.int32)
    owners: list[int | None] = [None] * slots
    outputs: list[list[int]] = [[] for _ in lines]
    waiting = list(range(len(lines)))
    while waiting or any(owner is not None for owner in owners):
        for slot in range(slots):
            if owners[slot] is None and waiting:
                owners[slot] = waiting.pop(0)
                sentence = ids[owners[slot]]
                for name, value in translator.encode_batch([sentence], padding=length - len(sentence)).items():
                    feeds[name][slot] = value[0]
                feeds["prev_ids"][slot], feeds["position"][slot] = -1, 0
        tokens, feeds["c1"], feeds["c2"] = translator.step.run(["next_ids", "c1_out", "c2_out"], feeds)
        feeds["prev_ids"] = tokens.copy()
        feeds["position"] += 1
        for slot, owner in enumerate(owners):
            if owner is None:
                continue
            if tokens[slot] != translator.eos:
                outputs[owner].append(int(tokens[slot]))
            if tokens[slot] == translator.eos or feeds["position"][slot] >= math.ceil(2.5 * len(ids[owner])):
                owners[slot] = None
    return [translator.vocabulary.decode(output) for output in outputs]


if __name__ == "__main__":
    sys.exit(main())
