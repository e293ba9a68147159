import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ServerProcess } from '#testing';
import { processState, type ProcessState } from '../failure/process-state.js';
import { ask } from '../failure/translate-client.js';

/**
 * Requests over OpenAPI that chance makes; a tenth as many documents over GraphQL. `npm run fuzz` sets 10,000. The examples
 * of the document and the bounds of each of its fields come on top, however many these are.
 */
const requests = Number(process.env['FUZZ_REQUESTS'] ?? 1_200);
/** Another finds other things; what one found is found again. */
const seed = Number(process.env['FUZZ_SEED'] ?? 1);
const graphqlFields = 8;
const adminPaths = '^/v1/admin/';
const tensorPaths = '^/v2';
const timeoutMs = 60_000 + 400 * requests;

const operation = z.object({
  parameters: z.array(z.unknown()).default([]),
  requestBody: z.object({}).optional(),
});
const openapi = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });

interface Run {
  failures: string;
  total: number;
  answered: number;
  /** Answered, or taken up and not finished by their deadline, which is the machine's doing. */
  valid: number;
  statuses: number[];
}

describe(`${requests} generated requests, seed ${seed}`, () => {
  let server: ServerProcess;
  let before: ProcessState;
  let jobId = '';
  let profileId = '';
  beforeAll(async () => {
    server = await ServerProcess.start();
    await ask(server, 'Good morning.');
    jobId = await make('/v1/jobs', { task: 'embed', inputs: [{ text: 'One.' }, { text: 'Two.' }] });
    profileId = await make('/v1/inspection-profiles', { name: 'Cats', task: 'detect-objects', rules: [] });
    before = processState(server.pid);
  }, 180_000);
  afterAll(() => server.stop());

  it(
    'over the OpenAPI document get what it promises, and a named error where it refuses',
    async () => {
      const others = `${adminPaths}|${tensorPaths}`;
      const examples = share(requests, (path) => !new RegExp(others).test(path));
      const run = await generate('docs/openapi.json', server.url, examples, ['--exclude-path-regex', others]);
      expect(run.failures).toBe('');
      expect(run.total).toBeGreaterThanOrEqual(requests);
      expect(run.valid / run.total).toBeGreaterThanOrEqual(0.2);
      expect(run.answered / run.total).toBeGreaterThanOrEqual(0.1);
      expect(run.statuses.filter((status) => status >= 500)).toEqual([]);
    },
    timeoutMs,
  );

  it(
    'over the Open Inference Protocol get what the document promises, and the error of a named problem',
    async () => {
      const examples = share(requests / 10, (path) => new RegExp(tensorPaths).test(path));
      const run = await generate('docs/openapi.json', server.url, examples, [
        '--include-path-regex',
        tensorPaths,
      ]);
      expect(run.failures).toBe('');
      expect(run.total).toBeGreaterThanOrEqual(requests / 10);
      expect(run.valid / run.total).toBeGreaterThanOrEqual(0.2);
      expect(run.answered / run.total).toBeGreaterThanOrEqual(0.1);
      expect(run.statuses.filter((status) => status >= 500)).toEqual([]);
    },
    timeoutMs,
  );

  it(
    'over the GraphQL SDL get data, or an error with a code',
    async () => {
      const examples = Math.ceil(requests / 10 / graphqlFields);
      const run = await generate('docs/schema.graphql', `${server.url}/graphql`, examples);
      expect(run.failures).toBe('');
      expect(run.total).toBeGreaterThanOrEqual(requests / 10);
      expect(run.statuses.filter((status) => status >= 500)).toEqual([]);
    },
    timeoutMs,
  );

  it('leave the server as it was: same engines, no memory or socket kept, nothing logged as our fault', async () => {
    await ask(server, 'Good morning.');
    const after = processState(server.pid);
    expect(after.children).toEqual(before.children);
    expect(after.rssMb - before.rssMb).toBeLessThan(400);
    expect(after.descriptors - before.descriptors).toBeLessThan(20);
    expect(await server.output()).not.toMatch(/"level":"(error|fatal)"/);
  });

  it(
    'over the admin endpoints, with an admin key, get the same',
    async () => {
      // The last: they change plans and revoke keys.
      const examples = share(requests / 10, (path) => new RegExp(adminPaths).test(path));
      const only = ['--include-path-regex', adminPaths];
      const run = await generate('docs/openapi.json', server.url, examples, only, server.adminKey);
      expect(run.failures).toBe('');
      expect(run.total).toBeGreaterThanOrEqual(requests / 10);
      expect(run.statuses.filter((status) => status >= 500)).toEqual([]);
      expect(await server.output()).not.toMatch(/"level":"(error|fatal)"/);
    },
    timeoutMs,
  );

  /** Something that is there for those who ask for it. */
  async function make(path: string, body: object): Promise<string> {
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return z.object({ id: z.string() }).parse(await response.json()).id;
  }

  async function generate(
    schema: string,
    url: string,
    examples: number,
    more: readonly string[] = [],
    key = server.apiKey,
  ): Promise<Run> {
    const folder = await mkdtemp(join(tmpdir(), 'inferway-fuzz-'));
    const tally = join(folder, 'tally.json');
    try {
      const bounds = ['--url', url, '--max-examples', String(examples)];
      const auth = ['--header', `Authorization: Bearer ${key}`];
      const output = await schemathesis([schema, ...bounds, ...auth, ...more], tally);
      const counts = z.record(z.string(), z.number()).parse(JSON.parse(await readFile(tally, 'utf8')));
      const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
      const countOf = (isCounted: (status: string) => boolean) =>
        Object.entries(counts)
          .filter(([status]) => isCounted(status))
          .reduce((sum, [, count]) => sum + count, 0);
      const answered = countOf((status) => status.startsWith('2'));
      const valid = answered + countOf((status) => status === '408');
      return { failures: output, total, answered, valid, statuses: Object.keys(counts).map(Number) };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** What it found wrong, with the curl command that shows it; empty when nothing is. */
  function schemathesis(options: readonly string[], tally: string): Promise<string> {
    const packages = process.env['TEST_FUZZ_PYTHONPATH'];
    if (packages === undefined) throw new Error('run scripts/test.sh test/fuzz/generated-requests');
    const env = {
      ...process.env,
      PYTHONPATH: packages,
      PYTHONDONTWRITEBYTECODE: '1',
      SCHEMATHESIS_HOOKS: 'hooks',
      FUZZ_TALLY: tally,
      FUZZ_JOB: jobId,
      FUZZ_PROFILE: profileId,
    };
    const fixed = [
      '--phases',
      'examples,coverage,fuzzing',
      '--seed',
      String(seed),
      '--generation-database',
      'none',
    ];
    const bounds = ['--workers', '2', '--request-timeout', '60', '--no-shrink', '--continue-on-failure'];
    const command = ['-m', 'schemathesis.cli', '--config-file', 'test/fuzz/schemathesis.toml', 'run'];
    return new Promise((resolve) => {
      const all = [...command, ...options, ...fixed, ...bounds];
      execFile('python3', all, { env, maxBuffer: 2 ** 26, timeout: timeoutMs }, (error, stdout, stderr) => {
        resolve(error === null ? '' : stdout + stderr);
      });
    });
  }
});

/** What each operation of these paths gets of the requests; one that takes nothing is sent once. */
function share(among: number, isOneOf: (path: string) => boolean): number {
  const { paths } = openapi.parse(JSON.parse(readFileSync('docs/openapi.json', 'utf8')));
  const operations = Object.entries(paths).flatMap(([path, each]) =>
    isOneOf(path) ? Object.values(each) : [],
  );
  const varied = operations.filter(
    ({ parameters, requestBody }) => parameters.length > 0 || requestBody !== undefined,
  );
  return Math.ceil(among / varied.length);
}
