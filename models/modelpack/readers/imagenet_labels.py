"""ImageNet's class names from the JavaScript object that TensorFlow.js' MobileNet package ships.

Entries look like `319: 'dragonfly, darning needle, devil\\'s darning needle, ' +\\n 'mosquito hawk',`."""

import re

from ..errors import PackError

_STRING = r"'((?:[^'\\]|\\.)*)'"
_ENTRY = re.compile(rf"(\d+):((?:[\s+]*{_STRING})+)")


def read_labels(source: str) -> list[str]:
    """1000 names, index = class (alphabetical order of WordNet ids); synonyms are separated by ", "."""
    found = [(int(match[1]), match[2]) for match in _ENTRY.finditer(source)]
    if [index for index, _ in found] != list(range(1000)):
        raise PackError("the file of class names does not list the classes 0 to 999 in order")
    return [re.sub(r"\\(.)", r"\1", "".join(re.findall(_STRING, text))) for _, text in found]
