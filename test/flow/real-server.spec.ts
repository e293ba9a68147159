import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ServerProcess } from '#testing';
import { describeCases } from '../api/describe-cases.js';

const run = promisify(execFile);
const main = join('dist', 'apps', 'inferway', 'src', 'main.js');
const credentials = z.object({ tenantId: z.string() });
const createdKey = z.object({ id: z.string(), text: z.string() });

describe('the one-process server with its real models', () => {
  let server: ServerProcess;
  let revokedKey = '';

  beforeAll(async () => {
    server = await ServerProcess.start();
    const { tenantId } = credentials.parse(
      JSON.parse(readFileSync(join(server.home, 'credentials.json'), 'utf8')),
    );
    const key = createdKey.parse(JSON.parse(await cli('keys', 'create', tenantId, '--json')));
    await cli('keys', 'revoke', key.id);
    revokedKey = key.text;
  }, 60_000);
  afterAll(() => server.stop());

  /** The command line on the running server's folder: it goes through the admin socket. */
  async function cli(...args: string[]): Promise<string> {
    const env = { ...process.env, INFERWAY_HOME: server.home, NODE_OPTIONS: '' };
    return (await run(process.execPath, [main, ...args], { env })).stdout;
  }

  describeCases(() => ({ url: server.url, key: server.apiKey, revokedKey }));

  it('refuses a second server on its folder in one line, with exit code 75', async () => {
    const second = run(process.execPath, [main, 'serve'], {
      env: { ...process.env, INFERWAY_HOME: server.home, PORT: '0', NODE_OPTIONS: '' },
    });
    await expect(second).rejects.toMatchObject({
      code: 75,
      stderr: expect.stringMatching(
        /^inferway: A server already runs on .* \(process \d+ on .+\): stop it.*\n$/,
      ),
    });
  });

  it('says which port is in use, with exit code 69', async () => {
    const { port } = new URL(server.url);
    const second = run(process.execPath, [main, 'serve'], {
      env: { ...process.env, INFERWAY_HOME: `${server.home}-2`, PORT: port, NODE_OPTIONS: '' },
    });
    await expect(second).rejects.toMatchObject({
      code: 69,
      stderr: expect.stringContaining(`Port ${port} on`),
    });
  }, 60_000);

  it('answers one text alike alone and among thirty-one strangers', async () => {
    const texts = z
      .array(z.string())
      .parse(JSON.parse(readFileSync('models/golden/translate/sentences.en.json', 'utf8')))
      .slice(0, 32);
    const alone: string[] = [];
    for (const text of texts) alone.push(...(await translate([text])));
    const together = await Promise.all(texts.map((text) => translate([text])));
    expect(together.flat()).toEqual(alone);
    expect(await translate(texts)).toEqual(alone);
  }, 60_000);

  async function translate(text: string[]): Promise<string[]> {
    const response = await fetch(`${server.url}/v1/translate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ text, source: 'en', target: 'pt' }),
    });
    const reply = z
      .object({ translations: z.array(z.object({ text: z.string() })) })
      .parse(await response.json());
    return reply.translations.map((translation) => translation.text);
  }
});
