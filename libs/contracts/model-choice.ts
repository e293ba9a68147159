import { storedText } from './text.js';

/**
 * A caller's choice among the models of a task; a field of every task's input.
 *
 * @param missing what a caller is told who makes none, where one must be made
 */
export const modelChoice = (missing?: string) =>
  storedText(128, missing).describe(
    'Model that must answer, as `name` or `name@revision`; without it the preferred one of its task',
  );

/** The choice in an input that its contract has parsed. */
export function chosenModel(input: object): string | undefined {
  return 'model' in input && typeof input.model === 'string' ? input.model : undefined;
}
