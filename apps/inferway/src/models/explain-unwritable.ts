import { isUnwritable, StartupError } from '#process';

/** A models folder that cannot be made or written, as what to do about it; other errors stay what they are. */
export function explainUnwritable(models: string, error: unknown): unknown {
  if (!isUnwritable(error)) return error;
  return new StartupError(
    `${models} cannot hold models (${error.message}): set INFERWAY_MODELS to a folder that this user may write to.`,
  );
}
