import type { Window } from './windows.js';

/** A candidate answer; tokens are those of its context, `lastToken` included. */
export interface Span {
  contextIndex: number;
  firstToken: number;
  lastToken: number;
  /** start logit + end logit */
  logit: number;
}

/** What the reader said of one window: one start and one end logit a token. */
export interface WindowLogits {
  window: Window;
  start: Float32Array;
  end: Float32Array;
}

export interface SpanSelection {
  /** Best first; of every start only its best end, so at most one candidate a token; none without a word in it. */
  spans: Span[];
  /** log of the summed exp(logit) of all spans: turns a logit into its share among answers. */
  logTotal: number;
  /** Logit of "no answer here" where it is lowest: one window with an answer is enough (SQuAD 2.0 evaluation). */
  nullLogit: number;
}

/** Whether a token of a context is a word, or part of one. */
export type IsWord = (contextIndex: number, token: number) => boolean;

/**
 * Reads the spans of at most `maxAnswerTokens` tokens out of all windows. Those that hold no word (a full stop, the
 * quotes around an answer) answer no question and take no share of the probability.
 */
export function selectSpans(
  windows: readonly WindowLogits[],
  maxAnswerTokens: number,
  isWord: IsWord,
): SpanSelection {
  const best = new Map<string, Span>();
  const total = new LogSum();
  let nullLogit = Infinity;
  for (const { window, start, end } of windows) {
    nullLogit = Math.min(nullLogit, (start[0] ?? 0) + (end[0] ?? 0));
    for (let i = 0; i < window.tokenCount; i++) {
      const span = bestFrom(i, { window, start, end }, maxAnswerTokens, isWord, total);
      if (span === undefined) continue;
      const key = `${span.contextIndex}:${span.firstToken}`;
      const known = best.get(key);
      if (known === undefined || known.logit < span.logit) best.set(key, span);
    }
  }
  const spans = [...best.values()].sort((a, b) => b.logit - a.logit);
  return { spans, logTotal: total.value, nullLogit };
}

/**
 * Further answers that are this many times less probable than the best are what is left of a text. With it 500 questions
 * of SQuAD got 1.4 of them each instead of 8.6; of 39 right ones among those it kept 30, of the others 676 of 4,285.
 */
const leastShareOfBest = 1 / 10_000;

/** The first `count` spans, best first, that do not share a token and are not hopeless beside the best. */
export function withoutOverlap(spans: readonly Span[], count: number): Span[] {
  const chosen: Span[] = [];
  const least = (spans[0]?.logit ?? 0) + Math.log(leastShareOfBest);
  for (const span of spans) {
    if (chosen.length === count || span.logit < least) break;
    if (!chosen.some((other) => overlap(span, other))) chosen.push(span);
  }
  return chosen;
}

function overlap(a: Span, b: Span): boolean {
  return a.contextIndex === b.contextIndex && a.firstToken <= b.lastToken && b.firstToken <= a.lastToken;
}

function bestFrom(
  i: number,
  { window, start, end }: WindowLogits,
  maxAnswerTokens: number,
  isWord: IsWord,
  total: LogSum,
): Span | undefined {
  const { contextIndex, firstToken, contextStart: at } = window;
  const startLogit = start[at + i] ?? -Infinity;
  const stop = Math.min(window.tokenCount, i + maxAnswerTokens);
  let last = i;
  let logit = -Infinity;
  let holdsWord = false;
  for (let j = i; j < stop; j++) {
    holdsWord ||= isWord(contextIndex, firstToken + j);
    if (!holdsWord) continue;
    const sum = startLogit + (end[at + j] ?? -Infinity);
    total.add(sum);
    if (sum > logit) {
      logit = sum;
      last = j;
    }
  }
  if (!holdsWord) return undefined;
  return { contextIndex, firstToken: firstToken + i, lastToken: firstToken + last, logit };
}

/** log Σ exp(x) in one pass, without overflow. */
class LogSum {
  private largest = -Infinity;
  private sum = 0;

  add(x: number): void {
    if (x <= this.largest) {
      this.sum += Math.exp(x - this.largest);
    } else {
      this.sum = this.sum * Math.exp(this.largest - x) + 1;
      this.largest = x;
    }
  }

  get value(): number {
    return this.largest + Math.log(this.sum);
  }
}
