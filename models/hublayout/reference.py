"""What a repository folder's model answers in a plain Python loop: one text at a time, greedy, onnxruntime.

    python3 -m hublayout.reference DIR [--languages __en__ __de__] < texts.json > answers.json

`texts.json` is a list of strings; the answer is a list of {ids, text, margin} for encoder-decoders, of unit vectors (mean
over the tokens) for `feature-extraction`. `margin` is the smallest lead of a chosen logit over the next: where it is tiny,
rounding decides, and another batch or CPU may choose otherwise."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

EXTRA_TOKENS = 8  # what the server allows beyond its factor of the source's length
LENGTH_FACTOR = 2.5


class Reference:
    def __init__(self, folder: Path, languages: list[str]) -> None:
        self.folder = folder
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.config = json.loads((folder / "config.json").read_text())
        self._sessions: dict[str, ort.InferenceSession] = {}
        self.prefix = [self._id(languages[0])] if languages else []
        self.forced = self._id(languages[1]) if languages else None

    def embed(self, text: str) -> list[float]:
        ids = np.array([self.tokenizer.encode(text).ids], np.int64)
        feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        mean = self._session("model").run(None, feeds)[0][0].mean(axis=0)
        return [float(value) for value in mean / np.linalg.norm(mean)]

    def translate(self, text: str) -> dict:
        source = [*self.prefix, *self.tokenizer.encode(text, add_special_tokens=False).ids, self.config["eos_token_id"]]
        ids = np.array([source], np.int64)
        mask = np.ones_like(ids)
        states = self._session("encoder_model").run(None, {"input_ids": ids, "attention_mask": mask})[0]
        found, margin = self._decode(states, mask, int(np.ceil(LENGTH_FACTOR * len(source))) + EXTRA_TOKENS)
        return {"ids": found, "text": self.tokenizer.decode(found), "margin": margin}

    def _decode(self, states: np.ndarray, mask: np.ndarray, max_tokens: int) -> tuple[list[int], float]:
        merged = (self.folder / "onnx/decoder_model_merged.onnx").exists()
        first = self._session("decoder_model_merged" if merged else "decoder_model")
        following = self._session("decoder_model_merged" if merged else "decoder_with_past_model")
        token, found, caches, margin = self.config["decoder_start_token_id"], [], {}, float("inf")
        while True:
            session = following if caches else first
            given = {
                "encoder_attention_mask": mask,
                "encoder_hidden_states": states,
                "input_ids": np.array([[token]], np.int64),
                "use_cache_branch": np.array([bool(caches)]),
                **(caches or _empty(session)),
            }
            feeds = {item.name: given[item.name] for item in session.get_inputs()}
            outputs = dict(zip([item.name for item in session.get_outputs()], session.run(None, feeds), strict=True))
            is_first = not caches
            for name, value in outputs.items():
                if ".decoder." in name or (is_first and ".encoder." in name):
                    caches[name.replace("present.", "past_key_values.")] = value
            if is_first and self.forced is not None:
                token = self.forced
                continue
            logits = outputs["logits"][0, -1]
            logits[self.config["pad_token_id"]] = -np.inf
            token = int(logits.argmax())
            second, first_choice = np.sort(logits)[-2:]
            margin = min(margin, float(first_choice - second))
            if token == self.config["eos_token_id"]:
                return found, margin
            found.append(token)
            if len(found) >= max_tokens:
                return found, margin

    def _id(self, token: str) -> int:
        return int(self.tokenizer.token_to_id(token))

    def _session(self, name: str) -> ort.InferenceSession:
        if name not in self._sessions:
            options = ort.SessionOptions()
            options.intra_op_num_threads = 1
            options.log_severity_level = 3
            self._sessions[name] = ort.InferenceSession(str(self.folder / f"onnx/{name}.onnx"), options)
        return self._sessions[name]


def _empty(session: ort.InferenceSession) -> dict[str, np.ndarray]:
    pasts = [item for item in session.get_inputs() if item.name.startswith("past_key_values.")]
    return {item.name: np.zeros((1, item.shape[1], 0, item.shape[3]), np.float32) for item in pasts}


def main() -> None:
    parser = argparse.ArgumentParser(prog="hublayout.reference")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--languages", nargs=2, metavar=("SOURCE", "TARGET"), default=[])
    arguments = parser.parse_args()
    reference = Reference(arguments.folder, arguments.languages)
    answer = reference.translate if reference.config.get("is_encoder_decoder") else reference.embed
    json.dump([answer(text) for text in json.load(sys.stdin)], sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
