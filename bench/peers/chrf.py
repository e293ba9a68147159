"""chrF of each list of translations: {references, hypotheses: {name: [...]}} on stdin to {name: chrF}.

    python3 bench/peers/chrf.py < TEXTS.json"""

import json
import sys

import sacrebleu


def main() -> None:
    texts = json.load(sys.stdin)
    json.dump(
        {
            name: sacrebleu.corpus_chrf(lines, [texts["references"]]).score
            for name, lines in texts["hypotheses"].items()
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
