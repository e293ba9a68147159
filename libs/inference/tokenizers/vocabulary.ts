import { z } from 'zod';

/**
 * Vocabularies have tens of thousands of entries, so each is looked at once: zod's own `record` and `tuple` make several
 * objects an entry, and the entries of an object are slow to list again.
 */

/** WordPiece: ids by piece in the file, pieces by id here. */
export const piecesById = z.unknown().transform((vocabulary, context): ReadonlyMap<number, string> => {
  const pieces = new Map<number, string>();
  if (typeof vocabulary === 'object' && vocabulary !== null)
    for (const piece of Object.keys(vocabulary)) {
      const id: unknown = Reflect.get(vocabulary, piece);
      if (!isId(id) || pieces.has(id))
        return refuse(context, `${piece} must have an id of its own, a whole number`);
      pieces.set(id, piece);
    }
  return pieces.size > 0 ? pieces : refuse(context, 'must give ids to pieces');
});

/** Unigram: pieces in the order of their ids, with their scores. */
export const scoredPieces = z.custom<readonly (readonly [piece: string, score: number])[]>(
  (value) => Array.isArray(value) && value.length > 0 && value.every(isScored),
  { error: 'must list at least one piece, each with its score' },
);

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isScored(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && Number.isFinite(value[1])
  );
}

function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue(message);
  return z.NEVER;
}
