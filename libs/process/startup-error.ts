import { inspect } from 'node:util';
import { ConfigError } from '#config';
import { AppError } from '#kernel';
import { explainSystemError, isSystemError } from './system-error.js';

/** A fault that the operator can mend: one line saying what to do, and the exit code (sysexits.h). */
export class StartupError extends Error {
  constructor(
    message: string,
    readonly exitCode: 78 | 69 | 75 = 78,
  ) {
    super(message);
    this.name = 'StartupError';
  }
}

/** What an operator can act on is told without a stack; anything else is ours and keeps it. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error, { breakLength: Infinity });
  if (error instanceof StartupError || error instanceof AppError || listsProblems(error))
    return error.message;
  return isSystemError(error) ? explainSystemError(error) : (error.stack ?? error.message);
}

/** sysexits.h's EX_TEMPFAIL: a database that went away in the middle of a proof says nothing of the books. */
const mayPassExitCode = 75;

export function exitCodeOf(error: unknown): number {
  if (error instanceof StartupError) return error.exitCode;
  if (error instanceof AppError && error.retryable && error.code !== 'internal') return mayPassExitCode;
  return listsProblems(error) ? ConfigError.exitCode : 1;
}

/** All that is wrong with the settings, or with the models: one line each. */
function listsProblems(error: unknown): boolean {
  return error instanceof Error && 'problems' in error && Array.isArray(error.problems);
}
