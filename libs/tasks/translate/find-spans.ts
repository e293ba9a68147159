import { LinkifyIt } from 'linkify-it';
import { numbers } from './keeps-numbers.js';

/** A stretch of a sentence that must come out of its translation as it went in. */
export interface Span {
  start: number;
  end: number;
}

/** Whether a model's vocabulary has pieces for all of a word. */
export type CanRead = (word: string) => boolean;

/** What the model of a sentence reads. */
export interface Reader {
  readonly canRead: CanRead;
  /** Its source language is written in Latin letters, so that those of other scripts are no words of it. */
  readonly isLatin: boolean;
}

const linkify = new LinkifyIt();

/** Longer than any word of a dictionary: what has no break in so many characters is data, and models babble over it. */
const longestWord = 50;
const unbroken = '[\\p{L}\\p{M}\\p{N}+/=_-]';

/** Each pattern is linear: no nested quantifiers over the same characters, and text is bounded by the contract. */
const patterns: readonly RegExp[] = [
  /<\/?[A-Za-z][^<>]{0,200}>/g,
  /`[^`]{1,200}`/g,
  /[%$#]?\{\{?[^{}]{1,100}\}?\}/g,
  // Placeholders of printf and its like, %s, %1$d, %.2f, and of Rails and Laravel, :count; character references of HTML.
  /(?<![\p{N}%])%(?:\d+\$)?[-+0#]?\d*(?:\.\d+)?l{0,2}[@A-Za-z](?!\p{L})/gu,
  /(?<=^|\s):[A-Za-z]\w*/gu,
  /&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,30});/gi,
  // Paths of files, on either kind of system: C:\Users\ana, /etc/hosts.old, ../img/logo
  /(?<![\p{L}\p{N}:/\\])(?:[A-Za-z]:|~|\.{1,2})?(?:[\\/]\.{0,2}[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*){2,}/gu,
  /[@#][\p{L}\p{N}_]{2,}/gu,
  // Identifiers such as INV-2024-0031: letters and digits mixed, but not words made of a number: 4-month-old, 100th, 22h08.
  /(?<![\p{L}\p{N}])(?!\p{N}+-?\p{Ll}+(?:-\p{Ll}+)*\p{N}*(?![\p{L}\p{N}_-]))(?=[\p{L}\p{N}_-]{0,40}\p{N})(?=[\p{L}\p{N}_-]{0,40}[\p{L}_])[\p{L}\p{N}][\p{L}\p{N}_-]{4,}/gu,
  // Phone and order numbers, dates. Amounts such as 10,000.50 and pairs such as 5-7, 1/2 and 1990-1995 are left to the
  // model, which writes them as the target language does.
  /\+?\p{Nd}+(?:[ /-]\p{Nd}+){2,}|(?<!\p{Nd})\+?(?!\p{Nd}{4}-\p{Nd}{4}(?!\p{Nd}))(?:\p{Nd}{3,}[ /-]\p{Nd}+|\p{Nd}+[ /-]\p{Nd}{3,})|\+?\p{Nd}{5,}/gu,
  /[<>@\\^`{}~#|]+/g,
  new RegExp(`(?<!${unbroken})${unbroken}{${longestWord + 1},}`, 'gu'),
];

/** What is looked for only where something is not ASCII; `\p{RGI_Emoji}` would be right too, and takes 75 µs a sentence. */
const patternsBeyondAscii: readonly RegExp[] = [
  // Units and formulas with raised or lowered figures, and fractions, which vocabularies flatten: m², CO₂, ½.
  /(?<![\p{L}\p{N}])\p{L}{0,3}\p{No}[\p{L}\p{No}]{0,3}(?![\p{L}\p{N}])/gu,
  /[\d#*]\ufe0f?\u20e3|(?:\p{Extended_Pictographic}|\p{Regional_Indicator})(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u{e0020}-\u{e007f}]|\u200d|\ufe0f)*/gu,
];
const otherScripts = /[[\p{L}\p{M}]--[\p{Script=Latin}\p{Script=Inherited}]]+/gv;

/** Words, with the marks that stand inside them (9.99, e-mail), and marks that stand alone. */
const words = /[^\s\p{P}]+(?:[.,:\/_\-][^\s\p{P}]+)*|[\p{P}--[\x20-\x7e]]/gv;
const notAscii = /[^\x20-\x7e]/;

/**
 * What no model can translate (links, addresses, code, identifiers, emoji, other scripts), and what this one cannot
 * read: an unknown character would vanish from its translation, or become another ("£5" five euros, "Muñoz" Mu'oz).
 *
 * @param withNumbers also every number
 */
export function findSpans(sentence: string, reader: Reader, withNumbers: boolean): Span[] {
  const links = linkify.match(sentence) ?? [];
  const found: Span[] = links.map(({ index, lastIndex }) => ({ start: index, end: lastIndex }));
  for (const pattern of withNumbers ? [...patterns, numbers] : patterns) {
    for (const match of sentence.matchAll(pattern)) found.push(spanOf(match));
  }
  // Characters of ASCII that vocabularies lack are in the patterns.
  if (notAscii.test(sentence)) found.push(...findBeyondAscii(sentence, reader));
  return mergeOverlaps(found);
}

function findBeyondAscii(sentence: string, { canRead, isLatin }: Reader): Span[] {
  const sought = isLatin ? [...patternsBeyondAscii, otherScripts] : patternsBeyondAscii;
  const strange = sought.flatMap((pattern) => [...sentence.matchAll(pattern)]);
  const unreadable = [...sentence.matchAll(words)].filter(([word]) => notAscii.test(word) && !canRead(word));
  return [...strange, ...unreadable].map(spanOf);
}

function spanOf({ index, 0: text }: RegExpExecArray): Span {
  return { start: index, end: index + text.length };
}

/** Overlapping spans become one: a link that holds digits is one thing to keep. */
function mergeOverlaps(spans: Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && span.start < last.end) last.end = Math.max(last.end, span.end);
    else merged.push({ ...span });
  }
  return merged;
}
