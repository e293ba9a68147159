import { ConfigError } from '#config';
import { AppError } from '#kernel';

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

/** What an operator can act on is one line; anything else is ours and keeps its stack. */
export function explain(error: unknown): string {
  const isPlain = [StartupError, ConfigError, AppError].some((kind) => error instanceof kind);
  if (!(error instanceof Error)) return String(error);
  return isPlain ? error.message : (error.stack ?? error.message);
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof StartupError) return error.exitCode;
  return error instanceof ConfigError ? ConfigError.exitCode : 1;
}
