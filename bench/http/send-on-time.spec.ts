import { createServer, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sendOnTime } from './send-on-time.js';

describe('sendOnTime', () => {
  let server: Server;
  let url: string;
  /** Called with all that wait for an answer, whenever one more came. */
  let onRequest: (waiting: ServerResponse[]) => void;

  beforeEach(async () => {
    const waiting: ServerResponse[] = [];
    server = createServer((_, response) => {
      waiting.push(response);
      onRequest(waiting);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  });

  afterEach(() => {
    server.close();
  });

  const at = (...moments: number[]) =>
    moments.map((dueMs) => ({ dueMs, caller: { url, apiKey: '' }, path: '/', body: Buffer.alloc(0) }));

  it('waits for no answer: a server that answers only when all have come is asked by all', async () => {
    onRequest = (waiting) => {
      if (waiting.length === 5) for (const response of waiting) response.end('{}');
    };
    const outcomes = await sendOnTime(at(0, 1, 2, 3, 4), 10);
    expect(outcomes.map(({ code }) => code)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
  });

  it('counts latency from the moment a request was due, though it was sent later', async () => {
    onRequest = (waiting) => waiting.pop()?.end('{}');
    const [outcome] = await sendOnTime(at(-500), 10);
    expect(outcome?.latencyMs).toBeGreaterThanOrEqual(500);
    expect(outcome?.lateMs).toBeGreaterThanOrEqual(500);
  });

  it('does not send what finds too many unanswered, and says so', async () => {
    onRequest = (waiting) => {
      if (waiting.length === 2) setImmediate(() => waiting.map((response) => response.end('{}')));
    };
    const outcomes = await sendOnTime(at(0, 0, 0), 2);
    expect(outcomes.map(({ code }) => code)).toEqual(['ok', 'ok', 'client.unsent']);
  });

  it('tells refusals by their code, else by their status, and a server that hangs up', async () => {
    const replies = [
      (response: ServerResponse) => response.writeHead(503).end('{"code":"overloaded"}'),
      (response: ServerResponse) => response.writeHead(502).end('<html>'),
      (response: ServerResponse) => response.destroy(),
    ];
    onRequest = (waiting) => replies.shift()?.(waiting.pop() ?? raise());
    const codes = [];
    for (let i = 0; i < 3; i++) codes.push((await sendOnTime(at(0), 1))[0]?.code);
    expect(codes).toEqual(['overloaded', 'http.502', 'client.connection']);
  });
});

function raise(): never {
  throw new Error('nobody asked');
}
