import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TaskContract } from '#contracts';
import type { JobInput, JobInputs } from '#core';
import { readLines, type LineLimits } from './read-lines.js';
import { checkInput, jsonPath, invalidInput, maxIssues, type FoundIssue } from './parse-input.js';

/** Inputs checked in one turn of the event loop: a few milliseconds that others wait. */
const inputsPerTurn = 200;

/**
 * The billed units of one input of a job at most, or what is wrong with it, under a path of the caller's choice. An input
 * is the body of the task's own endpoint for a single item: arrays would make results that belong to no one input.
 */
export function checkJobInput(
  task: TaskContract,
  input: unknown,
  parents: readonly PropertyKey[],
): { units: number } | { issues: FoundIssue[] } {
  const checked = checkInput(task.input.strict(), input, parents);
  if ('issues' in checked) return checked;
  const [item, ...others] = task.split(checked.data).items;
  if (item !== undefined && others.length === 0) return { units: task.amount(item) };
  return {
    issues: [{ path: jsonPath(parents), message: 'must be a single item: give each its own input' }],
  };
}

/**
 * Inputs that the contract accepts, as a job stores them.
 * @throws AppError `request.invalid` with paths such as `inputs[3].text`
 */
export async function checkJobInputs(task: TaskContract, inputs: readonly unknown[]): Promise<JobInputs> {
  const issues: FoundIssue[] = [];
  const units: number[] = [];
  for (const [index, input] of inputs.entries()) {
    const checked = checkJobInput(task, input, ['inputs', index]);
    if ('issues' in checked) issues.push(...checked.issues);
    else units.push(checked.units);
    if (issues.length >= maxIssues) break;
    if (index % inputsPerTurn === inputsPerTurn - 1) await nextTurn();
  }
  if (issues.length > 0) throw invalidInput(issues);
  return hashed(
    (async function* () {
      for (const [index, input] of inputs.entries()) {
        if (index % inputsPerTurn === inputsPerTurn - 1) await nextTurn();
        yield { text: JSON.stringify(input), units: units[index] ?? 0 };
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
        const checked = checkLine(task, text);
        if ('issues' in checked) issues.push(...checked.issues.map((issue) => atLine(number, issue)));
        else if (issues.length === 0) yield { text, units: checked.units };
        if (issues.length >= maxIssues) break;
      }
      if (issues.length > 0) throw invalidInput(issues);
    })(),
  );
}

function checkLine(task: TaskContract, text: string): ReturnType<typeof checkJobInput> {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return { issues: [{ path: '', message: 'is not valid JSON' }] };
  }
  return checkJobInput(task, input, []);
}

function atLine(number: number, { path, ...issue }: FoundIssue): FoundIssue {
  return { ...issue, path: path === '' ? `line ${number}` : `line ${number}: ${path}` };
}

/** Hashes what passes by, so that a repeated submission can be told from another one. */
function hashed(inputs: AsyncIterable<JobInput>): JobInputs {
  const hash = createHash('sha256');
  return {
    inputs: (async function* () {
      for await (const input of inputs) {
        hash.update(input.text).update('\n');
        yield input;
      }
    })(),
    digest: () => hash.digest(),
  };
}
