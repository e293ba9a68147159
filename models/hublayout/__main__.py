"""Command line: python3 -m hublayout KIND --out DIR [--split] (with PYTHONPATH=models).

Writes one repository folder as the hub would serve it. The same bytes every time."""

import argparse
import json
from pathlib import Path

import onnx

from . import vocabulary
from .bert import MAX_POSITIONS as BERT_POSITIONS
from .bert import Bert
from .layers import HEADS, WIDTH
from .merge import merge_decoders
from .seq2seq import LAYERS, MAX_POSITIONS, Seq2Seq

KINDS = ("marian", "m2m", "embed", "answer")


def main() -> None:
    parser = argparse.ArgumentParser(prog="hublayout", description="Write a small random model in Optimum's layout.")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", action="store_true", help="two decoder graphs instead of the merged one")
    parser.add_argument("--external", action="store_true", help="embed, answer: weights in a file beside the graph")
    parser.add_argument("--quantized", action="store_true", help="embed, answer: also model_quantized.onnx, as Optimum's")
    arguments = parser.parse_args()
    (arguments.out / "onnx").mkdir(parents=True, exist_ok=True)
    if arguments.kind in ("marian", "m2m"):
        write_seq2seq(arguments.out, multilingual=arguments.kind == "m2m", split=arguments.split)
    else:
        write_bert(arguments.out, question_answering=arguments.kind == "answer", external=arguments.external)
        if arguments.quantized:
            _quantize(arguments.out / "onnx/model.onnx", arguments.out / "onnx/model_quantized.onnx")


def write_seq2seq(out: Path, multilingual: bool, split: bool) -> None:
    tokenizer, special = vocabulary.unigram(languages=multilingual)
    end, pad = special[vocabulary.END], special[vocabulary.PAD]
    model = Seq2Seq(6 if multilingual else 1, vocabulary.size_of(tokenizer), eos=end)
    _bytes(out / "onnx/encoder_model.onnx", model.encoder_graph().serialize())
    first, with_past = model.decoder_graph(with_past=False), model.decoder_graph(with_past=True)
    if split:
        _bytes(out / "onnx/decoder_model.onnx", first.serialize())
        _bytes(out / "onnx/decoder_with_past_model.onnx", with_past.serialize())
    else:
        _bytes(out / "onnx/decoder_model_merged.onnx", merge_decoders(first, with_past))
    start = end if multilingual else pad
    generation = {"decoder_start_token_id": start, "eos_token_id": end, "pad_token_id": pad, "num_beams": 4}
    config = {
        "model_type": "m2m_100" if multilingual else "marian",
        "architectures": ["M2M100ForConditionalGeneration" if multilingual else "MarianMTModel"],
        "is_encoder_decoder": True,
        "d_model": WIDTH,
        "decoder_layers": LAYERS,
        "decoder_attention_heads": HEADS,
        "max_position_embeddings": MAX_POSITIONS,
        "vocab_size": vocabulary.size_of(tokenizer),
        **generation,
    }
    _json(out / "config.json", config)
    _json(out / "generation_config.json", {**generation, "bad_words_ids": [[pad]], "max_length": MAX_POSITIONS})
    _json(out / "tokenizer.json", tokenizer)
    _json(out / "tokenizer_config.json", {"tokenizer_class": "M2M100Tokenizer" if multilingual else "MarianTokenizer"})


def write_bert(out: Path, question_answering: bool, external: bool) -> None:
    tokenizer, special = vocabulary.wordpiece()
    model = Bert(5, vocabulary.size_of(tokenizer))
    graph = model.graph(question_answering).serialize()
    if external:
        _with_external_data(out / "onnx/model.onnx", graph)
    else:
        _bytes(out / "onnx/model.onnx", graph)
    config = {
        "model_type": "bert",
        "architectures": ["BertForQuestionAnswering" if question_answering else "BertModel"],
        "hidden_size": WIDTH,
        "max_position_embeddings": BERT_POSITIONS,
        "pad_token_id": special["[PAD]"],
        "vocab_size": vocabulary.size_of(tokenizer),
    }
    _json(out / "config.json", config)
    _json(out / "tokenizer.json", tokenizer)
    _json(out / "tokenizer_config.json", {"tokenizer_class": "BertTokenizer", "do_lower_case": True})


def _with_external_data(path: Path, graph: bytes) -> None:
    """As exporters do beyond 2 GB: the weights in one file named after the graph."""
    data = f"{path.name}_data"
    path.with_name(data).unlink(missing_ok=True)
    model = onnx.load_model_from_string(graph)
    onnx.save_model(model, path, save_as_external_data=True, location=data, size_threshold=1024)


def _quantize(plain: Path, quantized: Path) -> None:
    """Dynamic quantisation: every activation is scaled by what the batch holds."""
    from onnxruntime.quantization import quantize_dynamic  # only tests have it

    quantize_dynamic(plain, quantized)


def _json(path: Path, content: dict) -> None:
    _bytes(path, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())


def _bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


if __name__ == "__main__":
    main()
