import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TaskContract } from '#contracts';
import type { JobInputs } from '#core';
import { readLines, type LineLimits } from './read-lines.js';
import { checkInput, jsonPath, invalidInput, maxIssues, type FoundIssue } from './parse-input.js';

/** Inputs checked in one turn of the event loop: a few milliseconds that others wait. */
const inputsPerTurn = 200;

/**
 * What is wrong with one input of a job, under a path of the caller's choice. An input is the body of the task's own
 * endpoint for a single item: arrays would make results that belong to no one input.
 */
export function checkJobInput(
  task: TaskContract,
  input: unknown,
  parents: readonly PropertyKey[],
): FoundIssue[] {
  const checked = checkInput(task.input.strict(), input, parents);
  if ('issues' in checked) return checked.issues;
  if (task.split(checked.data).items.length === 1) return [];
  return [{ path: jsonPath(parents), message: 'must be a single item: give each its own input' }];
}

/** @throws AppError `request.invalid` with paths such as `inputs[3].text` */
export async function checkJobInputs(task: TaskContract, inputs: readonly unknown[]): Promise<void> {
  const issues: FoundIssue[] = [];
  for (const [index, input] of inputs.entries()) {
    issues.push(...checkJobInput(task, input, ['inputs', index]));
    if (issues.length >= maxIssues) break;
    if (index % inputsPerTurn === inputsPerTurn - 1) await nextTurn();
  }
  if (issues.length > 0) throw invalidInput(issues);
}

/** Inputs that were checked, as a job stores them. */
export function jobInputsOf(inputs: readonly unknown[]): JobInputs {
  return hashed(
    (async function* () {
      for (const [index, input] of inputs.entries()) {
        if (index % inputsPerTurn === inputsPerTurn - 1) await nextTurn();
        yield JSON.stringify(input);
      }
    })(),
  );
}

/**
 * Inputs of an upload of JSON lines, checked as they are read. After the first wrong line nothing more is given, but
 * lines are still checked, so that a caller hears of several at once.
 * @throws AppError `request.invalid` with paths such as `line 7: text`, and what `readLines` throws
 */
export function jobInputsOfLines(
  task: TaskContract,
  chunks: AsyncIterable<Uint8Array>,
  limits: LineLimits,
): JobInputs {
  return hashed(
    (async function* () {
      const issues: FoundIssue[] = [];
      for await (const { number, text } of readLines(chunks, limits)) {
        issues.push(...checkLine(task, text).map((issue) => atLine(number, issue)));
        if (issues.length >= maxIssues) break;
        if (issues.length === 0) yield text;
      }
      if (issues.length > 0) throw invalidInput(issues);
    })(),
  );
}

function checkLine(task: TaskContract, text: string): FoundIssue[] {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return [{ path: '', message: 'is not valid JSON' }];
  }
  return checkJobInput(task, input, []);
}

function atLine(number: number, { path, ...issue }: FoundIssue): FoundIssue {
  return { ...issue, path: path === '' ? `line ${number}` : `line ${number}: ${path}` };
}

/** Hashes what passes by, so that a repeated submission can be told from another one. */
export function hashed(texts: AsyncIterable<string>): JobInputs {
  const hash = createHash('sha256');
  return {
    texts: (async function* () {
      for await (const text of texts) {
        hash.update(text).update('\n');
        yield text;
      }
    })(),
    digest: () => hash.digest(),
  };
}
