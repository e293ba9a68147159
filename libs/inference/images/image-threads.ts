import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { AppError } from '#kernel';
import { ownProgram } from '../own-program.js';
import { isFailure, type ThreadFailure } from './thread-failure.js';

/** Orders waiting for a thread; each may hold a file in memory. */
const maxWaiting = 512;

/** What comes back is the program's to say, not the pool's. */
type Threads = Piscina<object, never>;

let threads: Threads | undefined;

/**
 * Runs one of this room's thread programs. The threads are those of the process, one a core, started with the first
 * order. An idle one keeps no process alive.
 *
 * @param name as `ownProgram` takes it; its result is `Result` or a `ThreadFailure`
 * @param moved buffers that the thread takes over.
 * @throws AppError what the program failed with; `request.cancelled`; `overloaded` when too many wait
 */
export async function onImageThread<Result extends object>(
  name: string,
  order: object,
  signal: AbortSignal,
  moved: ArrayBuffer[] = [],
): Promise<Result> {
  const program = ownProgram(name);
  const pool = (threads ??= startThreads(program.execArgv));
  if (pool.queueSize >= maxWaiting) {
    const limit = { name: 'images waiting for a thread', value: maxWaiting, unit: 'images' };
    throw new AppError('overloaded', { limit, retryAfterS: 1 });
  }
  const running: Promise<Result | ThreadFailure> = pool
    .run(order, { filename: program.path, transferList: moved, signal })
    .catch((error: unknown) => {
      throw signal.aborted ? new AppError('request.cancelled') : AppError.from(error);
    });
  const outcome = await running;
  if (!isFailure(outcome)) return outcome;
  throw new AppError(outcome.code, outcome.facts, { internal: { reason: outcome.reason } });
}

function startThreads(execArgv: string[]): Threads {
  const pool: Threads = new Piscina({
    execArgv,
    maxThreads: availableParallelism(),
    maxQueue: maxWaiting,
    // Threads stay: starting one takes as long as decoding twenty photos.
    idleTimeout: Infinity,
    // A thread's heap holds 7 MB. Left alone V8 gave it up to 75, most of it room for young objects: 27 with this bound.
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  // Emitted is what concerns nobody who waits: an answer that crossed with its caller's leaving, the end of an idle thread.
  // Unheard it would end the process.
  pool.on('error', () => undefined);
  return pool;
}
