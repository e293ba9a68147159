"""Reads what the server answered and says by pycocotools what it tells: {"rle": [...], "polygons": [...], "size": [h, w]}
on standard input, areas, boxes and overlaps on standard output.

    PYTHONPATH=models python3 models/golden/segment-image/check.py < ANSWER"""

import json
import sys

import numpy as np
from pycocotools import mask as coco


def main() -> None:
    answer = json.load(sys.stdin)
    height, width = answer["size"]
    areas, boxes, overlaps = [], [], []
    together = np.zeros((height, width), np.uint8)
    for number, (rle, rings) in enumerate(zip(answer["rle"], answer["polygons"], strict=True), 1):
        encoded = {"size": rle["size"], "counts": rle["counts"].encode()}
        mask = coco.decode(encoded)
        areas.append(int(coco.area(encoded)))
        boxes.append([int(side) for side in coco.toBbox(encoded)])
        together[mask == 1] = number
        parts = [coco.decode(coco.frPyObjects([ring], height, width))[..., 0] for ring in rings]
        filled = np.bitwise_xor.reduce(parts)
        overlaps.append(float((mask & filled).sum() / max((mask | filled).sum(), 1)))
    marks = [int((together == number).sum()) for number in range(1, len(areas) + 1)]
    json.dump({"areas": areas, "boxes": boxes, "overlaps": overlaps, "marks": marks}, sys.stdout)


if __name__ == "__main__":
    main()
