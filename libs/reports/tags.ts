import { outlineText } from './glyphs.js';

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Rectangle extends Size {
  readonly x: number;
  readonly y: number;
}

/** Names of things on one picture, white on a colour: each whole inside the picture, and none over another. */
export class Tags {
  readonly #picture: Size;
  readonly #sizePx: number;
  readonly #taken: Rectangle[] = [];

  /** @param sizePx of the type */
  constructor(picture: Size, sizePx: number) {
    this.#picture = picture;
    this.#sizePx = sizePx;
  }

  /**
   * SVG of the first text for which there is room above the box, below it or inside its upper edge; empty where there is
   * none for any. Who matters most is drawn first.
   */
  draw(box: Rectangle, texts: readonly string[], colour: string): string {
    const pad = this.#sizePx / 3;
    for (const text of texts) {
      const { path, width } = outlineText(text, this.#sizePx);
      const place = this.#placeBy(box, { width: width + 2 * pad, height: this.#sizePx + pad });
      if (place === undefined) continue;
      this.#taken.push(place);
      return [
        `<rect x="${at(place.x)}" y="${at(place.y)}" width="${at(place.width)}" height="${at(place.height)}" fill="${colour}"/>`,
        `<path transform="translate(${at(place.x + pad)} ${at(place.y + this.#sizePx)})" d="${path}" fill="#fff"/>`,
      ].join('');
    }
    return '';
  }

  #placeBy(box: Rectangle, tag: Size): Rectangle | undefined {
    const right = this.#picture.width - tag.width;
    const bottom = this.#picture.height - tag.height;
    if (right < 0 || bottom < 0) return undefined;
    const x = Math.max(0, Math.min(box.x, right));
    return [box.y - tag.height, box.y + box.height, Math.max(0, Math.min(box.y, bottom))]
      .filter((y) => y >= 0 && y <= bottom)
      .map((y) => ({ x, y, ...tag }))
      .find((place) => !this.#taken.some((other) => overlap(place, other)));
  }
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

const at = (pixels: number) => pixels.toFixed(2);
