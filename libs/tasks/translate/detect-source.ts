import { eld } from 'eld/extrasmall';
import { LinkifyIt } from 'linkify-it';
import { AppError } from '#kernel';

/** By which another language must lead the candidates to be believed of a short text, in scores of 0 to 1. */
const clearLead = 0.1;
/** Letters below which n-grams in an alphabet of many languages say nothing, and from which they can be relied on. */
const fewLetters = 10;
const manyLetters = 40;

const linkify = new LinkifyIt();

/**
 * The source language of a text among those that can be translated into the wanted target.
 *
 * `eld` (n-gram detector, 60 languages) decides. A sure answer outside `candidates` is refused, since translating
 * from the wrong language gives fluent nonsense. An unsure one ("Hello" alone looks Italian) falls back to the
 * likeliest candidate, because the target says which languages can be meant. Of short texts `eld` is surer than it may
 * be ("Cancelar" is Swedish), so that a third language needs a clear lead: of pairs of words out of FLORES 3 % are
 * refused that can be translated, 12 % were without; 30 % in the wanted language already are let through, 24 % were.
 * Addresses tell nothing about the text around them and are left out.
 *
 * @param candidates primary language subtags, at least one
 * @param target primary subtag of the language that is wanted
 * @throws AppError `language.unsupported` (names what was found), `language.undetected`
 */
export function detectSource(text: string, candidates: readonly string[], target: string): string {
  const words = withoutAddresses(text);
  const found = eld.detect(words);
  if (candidates.includes(found.language)) return found.language;
  const scores = found.getScores();
  const likeliest = likeliestOf(candidates, scores);
  const lead = (scores[found.language] ?? 0) - (scores[likeliest ?? ''] ?? 0);
  const isWanted = found.language === target;
  if (found.isReliable() && (isWanted || isBelievable(words, lead))) {
    throw new AppError('language.unsupported', {
      detail: isWanted
        ? `The text seems to be in \`${target}\` already`
        : `The text seems to be in \`${found.language}\`; into \`${target}\` go texts in: ${candidates.join(', ')}`,
      supported: candidates,
    });
  }
  if (likeliest === undefined) {
    throw new AppError('language.undetected', {
      detail: 'Name the `source` language',
      supported: candidates,
    });
  }
  return likeliest;
}

/** Whether a text may be taken for one in a third language. */
function isBelievable(text: string, lead: number): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters >= manyLetters) return true;
  const isLatin = /\p{Script=Latin}/u.test(text);
  return lead >= clearLead && (letters >= fewLetters || !isLatin);
}

function withoutAddresses(text: string): string {
  const links = linkify.match(text) ?? [];
  return links.reduceRight(
    (rest, { index, lastIndex }) => rest.slice(0, index) + rest.slice(lastIndex),
    text,
  );
}

function likeliestOf(
  candidates: readonly string[],
  scores: Partial<Record<string, number>>,
): string | undefined {
  const [only, ...others] = candidates;
  if (others.length === 0) return only;
  const scored = candidates.filter((language) => scores[language] !== undefined);
  return scored.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))[0];
}
