import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ServerProcess } from '#testing';
import { ask, usedCharacters } from './translate-client.js';

const calls = 300;
const clients = 16;

describe('kill -9 of the server under load', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await ServerProcess.start();
  }, 60_000);
  afterAll(() => server.stop());

  it('loses no usage: every reply a client received is metered once, to the character', async () => {
    const words = ['The', 'small', 'train', 'arrives', 'at', 'the', 'old', 'station', 'tonight.'];
    const texts = Array.from(
      { length: calls },
      (_, i) => `${words.slice(0, 2 + (i % 8)).join(' ')} ${'Go. '.repeat(i % 5)}`,
    );
    let received = 0;
    let answered = 0;
    let killed: Promise<void> | undefined;
    const client = async (first: number) => {
      for (let i = first; i < texts.length; i += clients) {
        const amount = await ask(server, texts[i] ?? '').catch(() => undefined);
        if (amount === undefined) return;
        received += amount;
        answered++;
        if (answered === calls / 3) killed = server.end('SIGKILL');
      }
    };
    await Promise.all(Array.from({ length: clients }, (_, i) => client(i)));
    await killed;
    expect(answered).toBeGreaterThanOrEqual(calls / 3);
    expect(answered).toBeLessThan(calls);
    server = await ServerProcess.start({}, server.home);
    const metered = await usedCharacters(server);
    // Work that was metered when the server died may have lost its reply; what was received must be there.
    const mostLost = clients * Math.max(...texts.map(({ length }) => length));
    expect(metered).toBeGreaterThanOrEqual(received);
    expect(metered).toBeLessThanOrEqual(received + mostLost);
  }, 120_000);
});
