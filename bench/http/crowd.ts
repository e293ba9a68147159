import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Clients of one tenant that ask as fast as they are answered, and may be refused. */
export interface Crowd {
  urls: readonly string[];
  apiKey: string;
  task: string;
  clients: number;
  seconds: number;
}

/**
 * Lets a crowd loose in a process of its own: beside four hundred clients in one event loop, those whose latency is
 * measured would wait for their turn to read an answer that has long come. Resolves when it is at work.
 */
export async function letLoose(crowd: Crowd): Promise<{ ended: Promise<void> }> {
  const script = fileURLToPath(new URL('./crowd.process.js', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(crowd)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit').then(([code]: unknown[]) => {
    if (code !== 0) throw new Error(`the crowd ended with ${String(code)}`);
  });
  await Promise.race([once(child.stdout, 'data'), exit]);
  return { ended: exit };
}
