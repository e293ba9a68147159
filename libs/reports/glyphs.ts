import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { create, type Font } from 'fontkit';

/**
 * Text as outlines: what a picture says must not hang on the fonts that a machine, or a container without any, has.
 * DejaVu has Latin, Greek, Cyrillic and more; what it lacks is drawn as a box.
 */
export const fontFile = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
export const boldFontFile = createRequire(import.meta.url).resolve(
  'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf',
);

let font: Font | undefined;

export interface OutlinedText {
  /** `d` of an SVG path whose baseline begins at 0, 0. */
  path: string;
  /** Pixels. */
  width: number;
}

/** @param sizePx of the type */
export function outlineText(text: string, sizePx: number): OutlinedText {
  font ??= openFont(boldFontFile);
  const scale = sizePx / font.unitsPerEm;
  const { glyphs, positions } = font.layout(text);
  let x = 0;
  const parts = glyphs.map((glyph, index) => {
    const part = glyph.path.scale(scale, -scale).translate(x, 0).toSVG();
    x += (positions[index]?.xAdvance ?? 0) * scale;
    return part;
  });
  return { path: parts.join(''), width: x };
}

/** With a box of the font's own for what it lacks: that of pdfkit is wider than it is measured, and ran into what came next. */
export function drawable(text: string): string {
  const known = (font ??= openFont(boldFontFile));
  return Array.from(text, (each) => (known.hasGlyphForCodePoint(each.codePointAt(0) ?? 0) ? each : '□')).join(
    '',
  );
}

function openFont(file: string): Font {
  const opened = create(readFileSync(file));
  if ('layout' in opened) return opened;
  throw new Error(`${file} is a collection of fonts`);
}
