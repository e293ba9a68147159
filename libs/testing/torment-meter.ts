import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { rollUpAll } from '#core';
import { PrismaUsageBooks, type Database } from '#persistence';

export interface Torment {
  url: string;
  events: number;
  writers: number;
  /**
   * Durable events from one kill -9 to the next; each hits a random writer, which starts again where it was last
   * durable. Not milliseconds, and looked at with every batch of a writer, which waits for that: how many kills there
   * are does not hang on the machine.
   */
  killEveryEvents: number;
  /** After which it is given up. */
  timeoutMs: number;
}

export interface TormentReport {
  kills: number;
  /** Seconds until every event was durable. */
  seconds: number;
}

/**
 * Writes generated events from several processes that are killed while they do, and rolls up meanwhile.
 * @throws Error when it takes longer than `timeoutMs`, or a writer fails by itself
 */
export async function tormentMeter(database: Database, torment: Torment): Promise<TormentReport> {
  const startedAt = performance.now();
  const ended = new AbortController();
  const late = AbortSignal.timeout(torment.timeoutMs);
  const signal = AbortSignal.any([ended.signal, late]);
  let kills = 0;
  const onDurable = () => {
    const durable = writers.reduce((sum, writer) => sum + writer.durable, 0);
    if (durable < (kills + 1) * torment.killEveryEvents) return;
    const writing = writers.filter(({ isWriting }) => isWriting);
    if (writing[Math.floor(Math.random() * writing.length)]?.kill() === true) kills++;
  };
  const writers = Array.from(
    { length: torment.writers },
    (_, number) => new Writer(number, torment, onDurable),
  );
  const written = writers.map((writer) => writer.write(signal));
  const books = rollUpUntil(ended.signal, new PrismaUsageBooks(database));
  try {
    await Promise.all(written);
    return { kills, seconds: (performance.now() - startedAt) / 1_000 };
  } catch (error) {
    throw late.aborted ? new Error(`not written within ${torment.timeoutMs} ms`, { cause: error }) : error;
  } finally {
    ended.abort();
    await Promise.allSettled(written);
    await books;
  }
}

async function rollUpUntil(over: AbortSignal, books: PrismaUsageBooks): Promise<void> {
  while (!over.aborted) {
    await sleep(20);
    await rollUpAll(books);
  }
  await rollUpAll(books);
}

/** One part of the events: every `writers`-th, from its own number on. */
class Writer {
  /** Its process has begun, and has not written all. */
  isWriting = false;
  private next: number;
  private done = false;
  private child: ChildProcess | undefined;

  constructor(
    private readonly number: number,
    private readonly torment: Torment,
    private readonly onDurable: () => void,
  ) {
    this.next = number;
  }

  get durable(): number {
    return (this.next - this.number) / this.torment.writers;
  }

  /** Resolves when all is durable, after as many lives of its process as that takes. */
  async write(signal: AbortSignal): Promise<void> {
    while (!this.done) await this.live(signal);
  }

  /** SIGKILL, in the middle of what it writes. Lines that were printed before it are still read. */
  kill(): boolean {
    this.isWriting = false;
    return this.child?.kill('SIGKILL') ?? false;
  }

  private async live(signal: AbortSignal): Promise<void> {
    const { url, writers, events } = this.torment;
    const script = join('dist', 'libs', 'testing', 'usage-writer.process.js');
    const child = spawn(process.execPath, [script, url, ...[this.next, writers, events].map(String)], {
      ...{ env: { ...process.env, NODE_OPTIONS: '' }, signal, killSignal: 'SIGKILL' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child = child;
    // It may be killed before it reads what it is answered.
    child.stdin.on('error', () => undefined);
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.done = line === 'done';
      if (!this.done) this.next = Number(line);
      this.isWriting = !this.done && !child.killed;
      child.stdin.write('\n');
      this.onDurable();
    });
    // Also of one that is ended from here, which is an error first: nobody closes the database beside it.
    child.on('error', () => undefined);
    await new Promise((resolve) => child.once('close', resolve));
    signal.throwIfAborted();
    this.isWriting = false;
    if (!this.done && !child.killed) throw new Error(`writer ${this.number} ended with ${child.exitCode}`);
  }
}
