import { describe, expect, it } from '@jest/globals';
import { selectSpans, withoutOverlap, type IsWord, type WindowLogits } from './select-spans.js';
import { cutWindows } from './windows.js';

const spec = { maxTokens: 16, stride: 4, maxQuestionTokens: 64, clsTokenId: 101, sepTokenId: 102 };

function tokens(count: number) {
  return { ids: Int32Array.from({ length: count }, (_, i) => 1_000 + i) };
}

describe('cutWindows', () => {
  it('covers every token of every context, neighbours sharing `stride` tokens', () => {
    const windows = cutWindows(Int32Array.of(7, 8, 9), [tokens(30), tokens(3)], spec);
    for (const [contextIndex, count] of [30, 3].entries()) {
      const own = windows.filter((window) => window.contextIndex === contextIndex);
      const covered = new Set(
        own.flatMap((w) => Array.from({ length: w.tokenCount }, (_, i) => w.firstToken + i)),
      );
      expect(covered.size).toBe(count);
    }
    const [first, second] = windows;
    expect((first?.firstToken ?? 0) + (first?.tokenCount ?? 0) - (second?.firstToken ?? 0)).toBe(spec.stride);
  });

  it('builds [CLS] question [SEP] part [SEP] with the part as second segment', () => {
    const [window] = cutWindows(Int32Array.of(7, 8), [tokens(3)], spec);
    expect(Array.from(window?.inputIds ?? [])).toEqual([101, 7, 8, 102, 1_000, 1_001, 1_002, 102]);
    expect(Array.from(window?.tokenTypeIds ?? [])).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  });

  it('never makes a window longer than the model reads, however long the question', () => {
    const question = new Int32Array(500);
    const windows = cutWindows(question, [tokens(600)], { ...spec, maxTokens: 256, stride: 128 });
    expect(Math.max(...windows.map(({ inputIds }) => inputIds.length))).toBe(256);
  });
});

describe('selectSpans', () => {
  const every: IsWord = () => true;
  const [window] = cutWindows(Int32Array.of(7), [tokens(5)], spec);
  if (window === undefined) throw new Error('no window');
  const at = window.contextStart;
  const logits = (marks: Record<number, number>, length = window.inputIds.length) => {
    const values = new Float32Array(length).fill(-10);
    for (const [index, value] of Object.entries(marks)) values[Number(index)] = value;
    return values;
  };

  it('finds the best span and never one that ends before it starts or is too long', () => {
    const read: WindowLogits = {
      window,
      start: logits({ [at + 1]: 5, [at + 3]: 4 }),
      end: logits({ [at]: 9, [at + 2]: 3 }),
    };
    const { spans } = selectSpans([read], 3, every);
    expect(spans[0]).toEqual({ contextIndex: 0, firstToken: 1, lastToken: 2, logit: 8 });
    expect(
      spans.every((span) => span.lastToken >= span.firstToken && span.lastToken - span.firstToken < 3),
    ).toBe(true);
  });

  it('gives shares that add up to one', () => {
    const read: WindowLogits = { window, start: logits({ [at + 1]: 5 }), end: logits({ [at + 2]: 3 }) };
    const { spans, logTotal } = selectSpans([read], 1, every);
    expect(spans.reduce((sum, { logit }) => sum + Math.exp(logit - logTotal), 0)).toBeCloseTo(1, 6);
  });

  it('never finds a span that holds no word, nor gives it a share of the probability', () => {
    const read: WindowLogits = { window, start: logits({ [at]: 6, [at + 2]: 5 }), end: logits({ [at]: 6 }) };
    const { spans, logTotal } = selectSpans([read], 2, (_, token) => token === 3);
    expect(spans.map(({ firstToken, lastToken }) => [firstToken, lastToken])).toEqual([
      [2, 3],
      [3, 3],
    ]);
    expect(spans.reduce((sum, { logit }) => sum + Math.exp(logit - logTotal), 0)).toBeLessThanOrEqual(1);
  });

  const span = (firstToken: number, lastToken: number, contextIndex = 0, logit = 0) => ({
    ...{ contextIndex, firstToken, lastToken, logit },
  });

  it('offers answers that do not overlap', () => {
    const chosen = withoutOverlap([span(2, 4), span(4, 5), span(2, 4, 1), span(5, 5)], 5);
    expect(chosen).toEqual([span(2, 4), span(2, 4, 1), span(5, 5)]);
  });

  it('offers no further answer that is ten thousand times less probable than the best', () => {
    const [best, near, hopeless] = [span(0, 0, 0, 11), span(1, 1, 0, 2), span(2, 2, 0, 1.7)];
    expect(withoutOverlap([best, near, hopeless], 5)).toEqual([best, near]);
  });
});
