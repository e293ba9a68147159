"""tokenizer.json files as the Hugging Face library writes them, for the small vocabularies of these models."""

import string

_WORDS = "the and of to in is you that it he was for on are with as they at be this have from or one had by word but not"
_CHARACTERS = string.ascii_letters + string.digits + ".,;:!?'\"()-/&%+*=#@$<>[]_"
END, UNKNOWN, PAD = "</s>", "<unk>", "<pad>"
LANGUAGES = ("__en__", "__de__", "__fr__")


def unigram(languages: bool) -> tuple[dict, dict[str, int]]:
    """A SentencePiece-like tokenizer: text + </s>. @returns the file's content and the ids of the special tokens."""
    pieces = [f"▁{word}" for word in _WORDS.split()]
    pieces += [f"{a}{b}" for a in "aeioust" for b in "nrstld"] + ["▁", *_CHARACTERS]
    scores = [round(-2.0 - 0.05 * index, 2) for index in range(len(pieces))]
    vocab = [[END, 0.0], [UNKNOWN, 0.0], *([p, s] for p, s in zip(dict.fromkeys(pieces), scores, strict=False))]
    extra = [PAD, *(LANGUAGES if languages else ())]
    vocab += [[token, 0.0] for token in extra]
    ids = {piece: index for index, (piece, _) in enumerate(vocab)}
    special = {token: ids[token] for token in (END, UNKNOWN, *extra)}
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    content = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added(token, index) for token, index in special.items()],
        "normalizer": {"type": "NFKC"},
        "pre_tokenizer": metaspace,
        "post_processor": _template([], [END], special),
        "decoder": metaspace,
        "model": {"type": "Unigram", "unk_id": ids[UNKNOWN], "vocab": vocab, "byte_fallback": False},
    }
    return content, special


def wordpiece() -> tuple[dict, dict[str, int]]:
    """An uncased BERT tokenizer: [CLS] text [SEP]."""
    special = {token: index for index, token in enumerate(("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"))}
    letters = string.ascii_lowercase + string.digits
    pieces = [*special, *letters, *(f"##{c}" for c in letters), *".,;:!?'()-", *_WORDS.split()]
    vocab = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    content = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added(token, index) for token, index in special.items()],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": _template(["[CLS]"], ["[SEP]"], special),
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocab,
        },
    }
    return content, special


def size_of(tokenizer: dict) -> int:
    return len(tokenizer["model"]["vocab"])


def _added(token: str, index: int) -> dict:
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {"id": index, "content": token, **flags}


def _template(before: list[str], after: list[str], ids: dict[str, int]) -> dict:
    def special(token: str) -> dict:
        return {"SpecialToken": {"id": token, "type_id": 0}}

    single = [*map(special, before), {"Sequence": {"id": "A", "type_id": 0}}, *map(special, after)]
    pair = [*single, {"Sequence": {"id": "B", "type_id": 1}}, *map(special, after)]
    tokens = {token: {"id": token, "ids": [ids[token]], "tokens": [token]} for token in (*before, *after)}
    return {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": tokens}
