import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Tags } from './tags.js';

const picture = { width: 640, height: 400 };
const box = { x: 300, y: 200, width: 40, height: 30 };
const read = (svg: string) =>
  [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)].map(
    ([, x, y, width, height]) => ({
      x: Number(x),
      y: Number(y),
      width: Number(width),
      height: Number(height),
    }),
  );

describe('tags', () => {
  it('never lie over each other or past the edge, however many things there are', () => {
    const side = (most: number) => fc.integer({ min: -5, max: most });
    const anyBox = fc.record({ x: side(640), y: side(400), width: side(300), height: side(300) });
    fc.assert(
      fc.property(fc.array(anyBox, { maxLength: 60 }), (boxes) => {
        const tags = new Tags(picture, 14);
        const places = boxes.flatMap((each, index) =>
          read(tags.draw(each, [`${index} a long name`, String(index)], '#000')),
        );
        for (const [index, one] of places.entries()) {
          expect(Math.min(one.x, one.y)).toBeGreaterThanOrEqual(0);
          expect(one.x + one.width).toBeLessThanOrEqual(picture.width + 0.02);
          expect(one.y + one.height).toBeLessThanOrEqual(picture.height + 0.02);
          for (const other of places.slice(index + 1)) {
            const across = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
            const down = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
            expect(Math.min(across, down)).toBeLessThan(0.02);
          }
        }
      }),
    );
  });

  it('stand above, then below, then inside; shortened where only that has room, and else left out', () => {
    const tags = new Tags(picture, 12);
    const tops = ['a', 'b', 'c'].flatMap((text) => read(tags.draw(box, [text], '#000'))).map(({ y }) => y);
    expect(tops).toEqual([184, 230, 200]);
    expect(tags.draw(box, ['d'], '#000')).toBe('');
    const narrow = new Tags({ width: 40, height: 100 }, 12);
    const [short] = read(
      narrow.draw({ x: 0, y: 50, width: 9, height: 9 }, ['1 something long', '1'], '#000'),
    );
    expect(short?.width).toBeLessThan(40);
  });

  it('are left out of a picture that is smaller than they are', () => {
    expect(new Tags({ width: 1, height: 1 }, 10).draw(box, ['1 cat', '1'], '#000')).toBe('');
  });
});
