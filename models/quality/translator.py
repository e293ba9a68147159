"""Greedy translation with a built model folder: the plain, slow-but-right loop that quality and golden files rest on.
The server has its own (continuous batching); both must give the same text."""

import json
import math
from pathlib import Path

import numpy as np
import onnxruntime
import sentencepiece
from saturation import products_saturate

_STATE_WIDTH = 256
_PER_ROW = ("mask_bias", "k1", "v1", "k2", "v2", "c1", "c2")


class Translator:
    """One direction. `folder` is OUT/<name> as written by modelpack."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self.manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        graphs = self.manifest["variants"]["cpu"]["graphs"]
        self.encoder = _session(folder / graphs["encoder"], threads)
        self.step = _session(folder / graphs["decoderStep"], threads)
        self.vocabulary = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.spm"))
        self.eos = self.manifest["decoding"]["eosTokenId"]

    def tokenize(self, text: str) -> list[int]:
        return [*self.vocabulary.encode(text), self.eos]

    def translate(self, texts: list[str], batch: int = 32, padding: int = 0) -> list[str]:
        """Translations in the order of `texts`; batches are sorted by length, `padding` adds empty positions."""
        ids = [self.tokenize(text) for text in texts]
        order = sorted(range(len(ids)), key=lambda index: -len(ids[index]))
        results = [""] * len(ids)
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            outputs = self.decode_batch([ids[index] for index in chosen], padding)
            for index, output in zip(chosen, outputs, strict=True):
                results[index] = self.vocabulary.decode(output)
        return results

    def decode_batch(self, ids: list[list[int]], padding: int = 0) -> list[list[int]]:
        """Token ids (without the end token) of the translations of one batch of token ids (with it)."""
        feeds = self.encode_batch(ids, padding)
        decoding = self.manifest["decoding"]
        limits = [math.ceil(decoding["maxLengthFactor"] * len(row)) for row in ids]
        outputs: list[list[int]] = [[] for _ in ids]
        rows = np.arange(len(ids))
        previous = np.full(len(ids), decoding["startTokenId"], np.int32)
        position = 0
        while len(rows):
            feeds["prev_ids"] = previous
            feeds["position"] = np.full(len(rows), position, np.int32)
            previous, feeds["c1"], feeds["c2"] = self.step.run(["next_ids", "c1_out", "c2_out"], feeds)
            position += 1
            for row, token in zip(rows, previous, strict=True):
                if token != self.eos:
                    outputs[row].append(int(token))
            going = (previous != self.eos) & (position < np.array([limits[row] for row in rows]))
            if not going.all():
                rows, previous = rows[going], previous[going]
                for name in _PER_ROW:
                    feeds[name] = feeds[name][going]
        return outputs

    def encode_batch(self, ids: list[list[int]], padding: int = 0) -> dict[str, np.ndarray]:
        """The step's constant inputs and its empty states."""
        length = max(map(len, ids)) + padding
        tokens, mask = np.zeros((2, len(ids), length), np.int32)
        for row, sentence in enumerate(ids):
            tokens[row, : len(sentence)] = sentence
            mask[row, : len(sentence)] = 1
        names = ["mask_bias", "k1", "v1", "k2", "v2"]
        found = self.encoder.run(names, {"input_ids": tokens, "attention_mask": mask})
        feeds = dict(zip(names, found, strict=True))
        feeds["c1"] = np.zeros((len(ids), _STATE_WIDTH), np.float32)
        feeds["c2"] = np.zeros((len(ids), _STATE_WIDTH), np.float32)
        return feeds


def _session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    if products_saturate():
        options.add_session_config_entry("session.x64quantprecision", "1")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

