import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { Sandbox, wholePath } from './sandbox.js';

async function check(port: number, args: readonly string[] = []): Promise<number> {
  await using sandbox = await Sandbox.create(['scripts'], []);
  await sandbox.write('check', '#!/bin/sh\nexec node scripts/healthcheck.js "$@"', 0o755);
  return (await sandbox.run('check', args, { PATH: wholePath, PORT: String(port) })).code;
}

async function serverThatAnswers(status: number) {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/health/ready' ? status : 404).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP port was asked for');
  return { port: address.port, [Symbol.dispose]: () => server.close() };
}

describe('the health check of the container', () => {
  it.each([
    [200, 0],
    [503, 1],
  ])('turns readiness %i into exit code %i', async (status, code) => {
    using server = await serverThatAnswers(status);
    expect(await check(server.port)).toBe(code);
  });

  it('asks another machine when its URL is given', async () => {
    using here = await serverThatAnswers(503);
    using there = await serverThatAnswers(200);
    expect(await check(here.port, [`http://127.0.0.1:${there.port}`])).toBe(0);
    expect(await check(there.port, [`http://127.0.0.1:${here.port}`])).toBe(1);
  });

  it('is unhealthy when nothing listens', async () => {
    const { port } = await serverThatAnswers(200).then((server) => {
      server[Symbol.dispose]();
      return server;
    });
    expect(await check(port)).toBe(1);
  });
});
