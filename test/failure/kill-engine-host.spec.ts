import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ServerProcess } from '#testing';
import { childrenOf } from './process-state.js';
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
        if (answered === calls / 4) process.kill(childrenOf(server.pid)[0] ?? 0, 'SIGKILL');
      }
    };
    await Promise.all(Array.from({ length: clients }, (_, i) => client(i)));
    expect(answered).toBe(calls);
    expect(await server.metrics()).toMatch(/inferway_engine_restarts_total\{.*\} 1/);
  }, 120_000);
});
