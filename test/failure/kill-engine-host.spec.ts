import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ServerProcess } from '#testing';
import { ask } from './translate-client.js';

const calls = 200;
const clients = 16;

describe('kill -9 of an engine host under load', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await ServerProcess.start();
  }, 60_000);
  afterAll(() => server.stop());

  it('fails no request: the batch runs again elsewhere and the host comes back', async () => {
    let answered = 0;
    const client = async (first: number) => {
      for (let i = first; i < calls; i += clients) {
        await ask(server, `Train number ${i} leaves the station at noon.`);
        answered++;
        if (answered === calls / 4) process.kill(engineHosts(server.pid)[0] ?? 0, 'SIGKILL');
      }
    };
    await Promise.all(Array.from({ length: clients }, (_, i) => client(i)));
    expect(answered).toBe(calls);
    expect(await server.metrics()).toMatch(/inferway_engine_restarts_total\{.*\} 1/);
  }, 120_000);
});

/** Children of the server: it starts nothing but engine hosts. */
function engineHosts(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean),
  );
  return children.map(Number);
}
