/** Stands for null among options: commander makes an empty text of a null that a parser gives. */
export const none = Symbol('none');
export type NumberOrNone = number | typeof none;

/** A number, or `none` where `word` is given in its place: no number of one's own. */
export function numberOr(word: string): (text: string) => NumberOrNone {
  return (text) => (text === word ? none : Number(text));
}

/** Options as the admin commands take them. */
export function withNulls(options: object): object {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, value === none ? null : value]),
  );
}

/** Gathers an option that may be given many times. */
export function gather(text: string, before: string[] = []): string[] {
  return [...before, text];
}
