import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { jobView } from '#contracts';
import { ServerProcess } from '#testing';
import { findSecrets, readFolder, runOf, type Kept } from './kept-data.js';

const startTimeoutMs = 120_000;
const canary = 'Quizzical canaries whisper of Zanzibar 7Q9XK2 at midnight.';
const jobCanary = 'Forty-one canaries hide a ledger 5VT8RW under the bridge.';
const translated = z.object({ requestId: z.string(), translations: z.array(z.object({ text: z.string() })) });

describe('a canary that goes through one process', () => {
  let server: ServerProcess;
  let requestId: string;
  let photo: Buffer;
  let answer: string;
  /** The folder while the server runs, with what it had not moved from its journal yet, and after it was killed. */
  let kept: Kept;

  beforeAll(async () => {
    server = await ServerProcess.start({ LOG_LEVEL: 'debug', ENGINE_HOSTS: '1' });
    photo = await readFile(join('test', 'assets', 'cat.jpg'));
    const input = { source: 'en', target: 'pt' };
    const job = { task: 'translate', inputs: [{ ...input, text: jobCanary }] };
    const { id } = z.object({ id: z.string() }).parse(await ask('/v1/jobs', job));
    while (jobView.parse(await ask(`/v1/jobs/${id}`)).status !== 'succeeded') await sleep(50);
    await ask('/v1/images/classify', { image: photo.toString('base64') });
    await expect(ask('/v1/translate', { text: canary, target: canary })).rejects.toThrow();
    const reply = translated.parse(await ask('/v1/translate', { ...input, text: canary }));
    requestId = reply.requestId;
    answer = reply.translations[0]?.text ?? '';
    const running = await readFolder(server.home);
    await server.end('SIGKILL');
    const ended = await readFolder(server.home);
    kept = new Map([
      ...running,
      ...[...ended].map(([place, bytes]) => [`${place} at the end`, bytes] as const),
    ]);
  }, startTimeoutMs);
  afterAll(() => server.stop());

  const ask = async (path: string, body?: object): Promise<unknown> => {
    const reply = await fetch(server.url + path, {
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      headers: {
        authorization: `Bearer ${server.apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': path,
      },
    });
    if (!reply.ok) throw new Error(await reply.text());
    return reply.json();
  };

  it('is in no file of its folder: not in the database, its log or the journal, and in no line of the debug log', () => {
    for (const file of ['database/usage-journal.sqlite', 'output.log'])
      expect([file, kept.get(`file ${file}`)?.length]).not.toEqual([file, undefined]);
    // It did pass through here.
    expect(
      [...kept].some(([place, bytes]) => place.includes('usage-journal') && bytes.includes(requestId)),
    ).toBe(true);
    const secrets = { canary, answer, jobCanary, photo: runOf(photo) };
    for (const [what, secret] of Object.entries(secrets))
      expect([what, secret.length >= 20]).toEqual([what, true]);
    expect(findSecrets(kept, secrets)).toEqual([]);
  });
});
