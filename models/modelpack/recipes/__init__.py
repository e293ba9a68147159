"""The registry: model name -> "module:attribute" of its Recipe. One line per model; a recipe is imported when used."""

import importlib

from ..errors import PackError
from ..workspace import Recipe

REGISTRY = {
    "cell-nuclei": "segmenter:CELL_NUCLEI",
    "efficientnet-lite0": "efficientnet:LITE0",
    "minilm-l6": "minilm:MINILM_L6",
    "nanodet-g": "nanodet:NANODET_G",
    "person-matting": "selfie:PERSON_MATTING",
    "qa-reader": "qa_reader:QA_READER",
    "surface-defects": "segmenter:SURFACE_DEFECTS",
    "translate-en-pt": "marian:EN_PT",
    "translate-pt-en": "marian:PT_EN",
}


def require_known(name: str) -> None:
    if name not in REGISTRY:
        raise PackError(f"unknown model {name}; known: {', '.join(REGISTRY)}")


def recipe(name: str) -> Recipe:
    require_known(name)
    module, attribute = REGISTRY[name].split(":")
    found: Recipe = getattr(importlib.import_module(f".{module}", __name__), attribute)
    return found
