import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { regionsOf } from '../testing/drawn-scores.js';
import { runLengthOf } from './run-length.js';

/** The texts are those of pycocotools 2.0.11, `mask.encode`. */
describe('runLengthOf', () => {
  it.each([
    [['....', '.##.', '.##.'], '42102'],
    [['##', '##'], '04'],
    [['.#', '##', '#.', '##'], '151L'],
  ])('writes %j as pycocotools does', (lines, counts) => {
    const [region] = regionsOf(lines);
    const size = { width: lines[0]?.length ?? 0, height: lines.length };
    expect(region && runLengthOf(region, size)).toEqual({ size: [size.height, size.width], counts });
  });

  it('writes a large mask with a hole as pycocotools does', () => {
    const row = (y: number, start: number, end: number) => ({ y, start, end });
    const runs = Array.from({ length: 2_800 }, (_, index) => index + 100).flatMap((y) =>
      y >= 200 && y < 300 ? [row(y, 5, 50), row(y, 60, 900)] : [row(y, 5, 900)],
    );
    const box = { x: 5, y: 100, width: 895, height: 2_800 };
    const region = { kind: 1, score: 1, area: 895 * 2_800 - 1_000, box, runs };
    const { counts } = runLengthOf(region, { width: 2_000, height: 3_000 });
    const hash = createHash('sha256').update(counts).digest('hex');
    expect([counts.length, hash]).toEqual([
      1881,
      '0989bb0a276eb2aae7a11e27730ece795b886f298cbe1351298c0d319df6b108',
    ]);
  });
});
