import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
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
   * durable. Not milliseconds: on a fast machine all was written before the first.
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
 * @throws Error when it takes longer than `timeoutMs`
 */
export async function tormentMeter(database: Database, torment: Torment): Promise<TormentReport> {
  const startedAt = performance.now();
  const writers = Array.from({ length: torment.writers }, (_, number) => new Writer(number, torment));
  let over = false;
  const books = rollUpUntil(() => over, new PrismaUsageBooks(database));
  let kills = 0;
  try {
    while (writers.some(({ done }) => !done)) {
      await sleep(20);
      if (performance.now() - startedAt > torment.timeoutMs)
        throw new Error(`not written within ${torment.timeoutMs} ms`);
      const durable = writers.reduce((sum, writer) => sum + writer.durable, 0);
      if (durable < (kills + 1) * torment.killEveryEvents) continue;
      const alive = writers.filter(({ done }) => !done);
      const victim = alive[Math.floor(Math.random() * alive.length)];
      if (victim === undefined || !(await victim.kill())) continue;
      kills++;
      victim.start();
    }
    return { kills, seconds: (performance.now() - startedAt) / 1_000 };
  } finally {
    over = true;
    for (const writer of writers) await writer.kill();
    await books;
  }
}

async function rollUpUntil(isOver: () => boolean, books: PrismaUsageBooks): Promise<void> {
  while (!isOver()) {
    await sleep(20);
    await rollUpAll(books);
  }
  await rollUpAll(books);
}

/** One part of the events: every `writers`-th, from its own number on. */
class Writer {
  done = false;
  private next: number;
  private child: ChildProcess | undefined;

  constructor(
    private readonly number: number,
    private readonly torment: Torment,
  ) {
    this.next = number;
    this.start();
  }

  get durable(): number {
    return (this.next - this.number) / this.torment.writers;
  }

  start(): void {
    if (this.done) return;
    const { url, writers, events, timeoutMs } = this.torment;
    const script = join('dist', 'libs', 'testing', 'usage-writer.process.js');
    const args = [script, url, ...[this.next, writers, events].map(String)];
    const options = { env: { ...process.env, NODE_OPTIONS: '' }, timeout: timeoutMs };
    const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
    this.child = child;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'done') this.done = true;
      else this.next = Number(line);
    });
  }

  /** SIGKILL. Lines that were printed before it are still read. Resolves with whether there was something to kill. */
  async kill(): Promise<boolean> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return false;
    const closed = once(child, 'close');
    const killed = child.kill('SIGKILL');
    await closed;
    return killed;
  }
}
