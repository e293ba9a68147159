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
  /** From one kill -9 to the next; each hits a random writer, which starts again where it was last durable. */
  killEveryMs: number;
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
  const books = new PrismaUsageBooks(database);
  let kills = 0;
  let lastKillAt = startedAt;
  while (writers.some(({ done }) => !done)) {
    await sleep(20);
    await rollUpAll(books, 5);
    const now = performance.now();
    if (now - startedAt > torment.timeoutMs) {
      for (const writer of writers) await writer.kill();
      throw new Error(`not written within ${torment.timeoutMs} ms`);
    }
    if (now - lastKillAt < torment.killEveryMs) continue;
    lastKillAt = now;
    const alive = writers.filter(({ done }) => !done);
    const victim = alive[Math.floor(Math.random() * alive.length)];
    if (victim === undefined) continue;
    await victim.kill();
    kills++;
    victim.start();
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  await rollUpAll(books);
  return { kills, seconds };
}

/** One part of the events: every `writers`-th, from its own number on. */
class Writer {
  done = false;
  private next: number;
  private child: ChildProcess | undefined;

  constructor(
    number: number,
    private readonly torment: Torment,
  ) {
    this.next = number;
    this.start();
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

  /** SIGKILL. Lines that were printed before it are still read. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }
}
