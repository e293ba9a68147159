import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ServerProcess } from '#testing';
import { apiCases, pngBase64 } from '../api/cases/index.js';
import { describeCases } from '../api/describe-cases.js';
import { askedMetrics } from '../deploy/asked-metrics.js';
import { makeTargetKeys } from '../api/target-keys.js';
import { describeBilling } from './billing.js';
import { describeChosenModel } from './chosen-model.js';
import { newTenantKey } from './new-tenant.js';
import { describeTensorClient } from './tensor-client.js';
import { describeTiledDetection } from './tiled-detection.js';
import { describeVideo } from './video.js';

const run = promisify(execFile);
const main = join('dist', 'apps', 'inferway', 'src', 'main.js');
const createdKey = z.object({ text: z.string() });
const credentials = z.strictObject({
  url: z.url(),
  tenantId: z.string(),
  apiKey: z.string(),
  adminKey: z.string(),
});

describe('the one-process server with its real models', () => {
  let server: ServerProcess;
  let keys: Awaited<ReturnType<typeof makeTargetKeys>>;

  beforeAll(async () => {
    server = await ServerProcess.start({ LOG_LEVEL: 'trace' });
    const { tenantId } = readCredentials();
    const admin = createdKey.parse(JSON.parse(await cli('keys', 'create', tenantId, '--admin', '--json')));
    keys = await makeTargetKeys(server.url, admin.text);
  }, 60_000);
  afterAll(() => server.stop());

  const credentialsFile = () => join(server.home, 'credentials.json');
  const readCredentials = () => credentials.parse(JSON.parse(readFileSync(credentialsFile(), 'utf8')));

  /** The command line on the running server's folder: it goes through the admin socket. */
  async function cli(...args: string[]): Promise<string> {
    const env = { ...process.env, INFERWAY_HOME: server.home, NODE_OPTIONS: '' };
    return (await run(process.execPath, [main, ...args], { env })).stdout;
  }

  describeCases(() => ({ url: server.url, key: server.apiKey, keys }));
  describeChosenModel(() => server);
  describeTiledDetection(() => server);
  describeVideo(() => server);
  describeTensorClient(() => server);
  describeBilling(() => server);

  it('refuses a second server on its folder in one line, with exit code 75, whatever its port', async () => {
    const { port } = new URL(server.url);
    const second = run(process.execPath, [main, 'serve'], {
      env: { ...process.env, INFERWAY_HOME: server.home, PORT: port, NODE_OPTIONS: '' },
    });
    await expect(second).rejects.toMatchObject({
      code: 75,
      stderr: expect.stringMatching(
        /^inferway: A server already runs on .* \(process \d+ on .+\): stop it.*\n$/,
      ),
    });
  });

  it('says which port is in use, with exit code 69, before it opens a database or looks for models', async () => {
    const { port } = new URL(server.url);
    const home = `${server.home}-2`;
    const settings = { INFERWAY_HOME: home, INFERWAY_MODELS: '/nowhere', PORT: port };
    const second = run(process.execPath, [main, 'serve'], {
      env: { ...process.env, ...settings, NODE_OPTIONS: '' },
    });
    await expect(second).rejects.toMatchObject({
      code: 69,
      stderr: `inferway: Port ${port} on 127.0.0.1 is in use: set PORT to another one, or stop what listens there.\n`,
    });
    expect(existsSync(join(home, 'database'))).toBe(false);
    rmSync(home, { recursive: true });
  });

  it('shows each metric that alerts, dashboards and autoscalers ask for, once it has answered a request and a job', async () => {
    const headers = { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' };
    const input = { text: 'The train is late.', source: 'en', target: 'pt' };
    const work: [string, object][] = [
      ['translate', input],
      ['jobs', { task: 'translate', inputs: [input] }],
    ];
    for (const [path, body] of work) {
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      expect((await fetch(`${server.url}/v1/${path}`, init)).ok).toBe(true);
    }
    expect(askedMetrics.length).toBeGreaterThan(20);
    let missing = askedMetrics;
    const endsAt = performance.now() + 60_000;
    while (missing.length > 0 && performance.now() < endsAt) {
      await sleep(50); // the job is done in the background
      const metrics = await server.metrics();
      missing = askedMetrics.filter((name) => !new RegExp(`^${name}[{ ]`, 'm').test(metrics));
    }
    expect(missing).toEqual([]);
  }, 90_000);

  it('keeps its credentials readable by their owner only', () => {
    expect(readCredentials()).toMatchObject({ url: server.url, apiKey: server.apiKey });
    expect(statSync(credentialsFile()).mode & 0o777).toBe(0o600);
  });

  it('refuses work whose deadline cannot be met with 408, over REST and GraphQL, and bills nothing', async () => {
    const authorization = `Bearer ${await newTenantKey(server, 'late')}`;
    const text = 'A sentence that takes a while, as long texts do. '.repeat(300);
    const variables = { text, target: 'pt' };
    const query =
      'query ($text: [String!]!) { translate(text: $text, source: "en", target: "pt") { translations { error { code } } } }';
    const late = { authorization, 'x-deadline-ms': '20' };
    const rest = await post('/v1/translate', { ...variables, source: 'en' }, late);
    expect(rest).toMatchObject({ status: 408, body: { code: 'deadline.exceeded' } });
    const graphql = await post('/graphql', { query, variables: { text } }, late);
    // The error of the item, or of the field where the whole request ran out of time before a worker had it.
    expect(graphql.status).toBe(200);
    expect(JSON.stringify(graphql.body)).toContain('"code":"deadline.exceeded"');
    expect(await billed(authorization)).toBe(0);
  });

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

  it('keeps in a translation what its model cannot read, and what is not language', async () => {
    const kept = [
      'José Muñoz of Łódź',
      'the family 👨‍👩‍👧 and 1️⃣',
      'Milk\t£9.99\t½',
      '• %d files in C:\\Users\\ana',
      `the word ${'ab'.repeat(200)}`,
    ];
    const translations = await translate(kept);
    const marks = ['Muñoz', 'Łódź', '👨‍👩‍👧', '1️⃣', '\t£9.99\t½', '• ', '%d', 'C:\\Users\\ana', 'ab'.repeat(200)];
    expect(marks.filter((mark) => !translations.join('\n').includes(mark))).toEqual([]);
  });

  it('translates a word in capitals as the word in small letters, and leaves acronyms', async () => {
    const words = ['Hello', 'Hello!', 'Open', 'Danger', 'Cancel', 'Maybe'];
    const small = await translate(words);
    expect(small).not.toEqual(words);
    expect(await translate(words.map((word) => word.toUpperCase()))).toEqual(
      small.map((word) => word.toUpperCase()),
    );
    const acronyms = ['NASA', 'GPU', 'UNESCO', 'JSON'];
    expect(await translate(acronyms)).toEqual(acronyms);
  });

  it('has named every request in its log by an id, and written no key, no text and no image there', async () => {
    const lines = (await server.output()).split('\n').filter((line) => line.startsWith('{'));
    const requests = lines.filter((line) => line.includes('"msg":"request"'));
    expect(requests.length).toBeGreaterThan(apiCases.length);
    for (const line of requests) expect(line).toMatch(/"requestId":"req_[0-9a-f]{32}"/);
    const { apiKey, adminKey } = readCredentials();
    const secrets = [apiKey, adminKey, keys.revoked].map((key) => key.split('_')[3] ?? key);
    const payloads = [
      'Good morning',
      'Train',
      'When does it open',
      'opens at nine',
      pngBase64.slice(0, 24),
      '[CLS]',
    ];
    const log = lines.join('\n');
    for (const text of [...secrets, ...payloads, 'Bearer '])
      expect([text, log.includes(text)]).toEqual([text, false]);
    expect(lines.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });

  async function translate(text: string[]): Promise<string[]> {
    const { body } = await post('/v1/translate', { text, source: 'en', target: 'pt' });
    const reply = z.object({ translations: z.array(z.object({ text: z.string() })) }).parse(body);
    return reply.translations.map((translation) => translation.text);
  }

  async function billed(authorization: string): Promise<number> {
    const reply: unknown = await (
      await fetch(`${server.url}/v1/usage`, { headers: { authorization } })
    ).json();
    const { usage } = z.object({ usage: z.array(z.object({ amount: z.number() })) }).parse(reply);
    return usage.reduce((sum, { amount }) => sum + amount, 0);
  }

  async function post(path: string, body: object, headers: Record<string, string> = {}) {
    const own = { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' };
    const init = { method: 'POST', headers: { ...own, ...headers }, body: JSON.stringify(body) };
    const response = await fetch(server.url + path, init);
    return { status: response.status, body: await response.json() };
  }
});
