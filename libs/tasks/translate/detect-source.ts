import { eld } from 'eld/extrasmall';
import { AppError } from '#kernel';

/**
 * The source language of a text among those that can be translated into the wanted target.
 *
 * `eld` (n-gram detector, 60 languages) decides. A sure answer outside `candidates` is refused, since translating
 * from the wrong language gives fluent nonsense. An unsure one ("Hello" alone looks Italian) falls back to the
 * likeliest candidate, because the target says which languages can be meant.
 *
 * @param candidates primary language subtags, at least one
 * @throws AppError `language.unsupported` (names what was found), `language.undetected`
 */
export function detectSource(text: string, candidates: readonly string[]): string {
  const found = eld.detect(text);
  if (candidates.includes(found.language)) return found.language;
  if (found.isReliable()) {
    throw new AppError('language.unsupported', {
      detail: `The text seems to be in \`${found.language}\`; from there this target cannot be reached`,
      supported: candidates,
    });
  }
  const likeliest = likeliestOf(candidates, found.getScores());
  if (likeliest === undefined) {
    throw new AppError('language.undetected', {
      detail: 'Name the `source` language',
      supported: candidates,
    });
  }
  return likeliest;
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
