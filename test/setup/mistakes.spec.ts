import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { modelsDirectory } from '#testing';
import { canMount, commandTimeoutMs, runInferway, runOnFullDisk } from './run-inferway.js';

const timeoutMs = commandTimeoutMs + 10_000;
const deadProxy = 'http://127.0.0.1:1';

describe("an operator's mistake", () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'inferway-mistakes-'));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  const mistakes: {
    name: string;
    args: string[];
    settings?: Record<string, string>;
    code: number;
    says: RegExp;
  }[] = [
    {
      name: 'no models',
      args: ['serve'],
      settings: { INFERWAY_MODELS: '/nowhere' },
      code: 78,
      says: /\/nowhere cannot be served:\n .*\nBuild the models .*unpack FILE\)\.\n$/,
    },
    {
      name: 'several wrong settings',
      args: ['serve'],
      settings: { PORT: '99999', INFERWAY_HOM: 'x' },
      code: 78,
      says: /^inferway: INFERWAY_HOM: is not a setting.*\nPORT: .*65535\n$/,
    },
    {
      name: 'more gateways than there are ports from PORT on',
      args: ['cluster', '--gateways', '2'],
      settings: { HOST: '127.0.0.1', PORT: '65535' },
      code: 78,
      says: /^inferway: There is no port 65536, the last is 65535: set PORT to a lower one\.\n$/,
    },
    {
      name: 'a home that is a file',
      args: ['serve'],
      settings: { INFERWAY_HOME: 'README.md' },
      code: 78,
      says: /^inferway: .*README\.md cannot hold this server's state .*: set INFERWAY_HOME to a folder that this user may write to\.\n$/,
    },
    {
      name: 'a database that does not answer',
      args: ['tenants', 'list'],
      settings: { DATABASE_URL: 'postgres://127.0.0.1:1/none' },
      code: 69,
      says: /^inferway: The database cannot be opened: .*\n$/,
    },
    {
      name: 'a pack that is not there',
      args: ['models', 'unpack', '/nowhere/models.pack'],
      code: 1,
      says: /^inferway: There is no such file or folder: check the path .*\/nowhere\/models\.pack.*\n$/,
    },
    {
      name: 'a models folder that cannot be made',
      args: ['models', 'unpack', '/nowhere/models.pack'],
      settings: { INFERWAY_MODELS: '/proc/models' },
      code: 78,
      says: /^inferway: \/proc\/models cannot hold models \(ENOENT: .*\): set INFERWAY_MODELS to a folder .*\n$/,
    },
    {
      name: 'a proxy of the hub that does not answer',
      args: ['models', 'pull', 'hf:acme/reader'],
      settings: { HF_ENDPOINT: 'https://hub.test', https_proxy: deadProxy },
      code: 69,
      says: /^inferway: hub\.test cannot be reached \(ECONNREFUSED\): check the network and proxy, .*\n$/,
    },
    {
      name: 'a proxy of a pack that does not answer',
      args: ['models', 'unpack', 'https://packs.test/models.pack', '--sha256', '0'.repeat(64)],
      settings: { HTTPS_PROXY: deadProxy },
      code: 69,
      says: /^inferway: \S+\/models\.pack could not be fetched \(connect ECONNREFUSED 127\.0\.0\.1:1\)\n$/,
    },
    {
      name: 'a proxy that is no address',
      args: ['models', 'pull', 'hf:acme/reader'],
      settings: { HTTPS_PROXY: 'proxy:3128' },
      code: 78,
      says: /^inferway: HTTPS_PROXY: must be an address such as http:\/\/proxy:3128\n$/,
    },
    {
      name: 'a weight that is no number',
      args: ['tenants', 'create', 'acme', '--weight', 'much'],
      code: 1,
      says: /^inferway: weight: .*number.*\n$/,
    },
    {
      name: 'a tenant that is not there',
      args: ['keys', 'create', 'ten_none'],
      code: 1,
      says: /^inferway: There is no tenant ten_none\n$/,
    },
  ];

  it.each(mistakes)(
    '$name is told without a stack, with what to do',
    async ({ args, settings, code, says }) => {
      const own = { INFERWAY_HOME: home, INFERWAY_MODELS: modelsDirectory(), PORT: '0', LOG_LEVEL: 'warn' };
      const outcome = await runInferway({ ...own, ...settings }, ...args);
      expect(outcome.stderr).toMatch(says);
      expect(outcome.stderr).not.toMatch(/^ +at /m);
      expect(outcome.code).toBe(code);
    },
    timeoutMs,
  );

  (canMount ? it : it.skip)(
    'a disk that fills up while the first start unpacks its database is told, and mended by room and another start',
    async () => {
      // As much space as is asked for, and room for a third of the files: what a check before cannot foresee.
      const { stdout, stderr } = await runOnFullDisk(300, home, 'tenants', 'list');
      expect(stderr).toMatch(
        /^inferway: The database cannot be opened: The disk is full: free some space and run again \(ENOSPC: .*pgdata\.new.*\)\n$/,
      );
      expect(stdout).toMatch(/^69\n(?!69)[^]*\n0\n$/);
    },
    2 * timeoutMs,
  );

  it(
    'a start that fails, early or at its last step, leaves no process behind, and its home to the next',
    async () => {
      const settings = { INFERWAY_HOME: home, INFERWAY_MODELS: modelsDirectory(), PORT: '0' };
      const unreachable = { ...settings, DATABASE_URL: 'postgres://127.0.0.1:1/none' };
      expect(await runInferway(unreachable, 'serve')).toEqual({
        code: 69,
        stdout: '',
        stderr: expect.stringMatching(/^inferway: The database cannot be opened: .*ECONNREFUSED.*\n$/),
      });
      // With all engines warm and the port open.
      const file = join(home, 'credentials.json');
      await writeFile(file, '{"url": ');
      expect(await runInferway(settings, 'serve')).toMatchObject({
        code: 78,
        stderr: expect.stringMatching(
          /^inferway: .*credentials\.json is damaged: restore it, or remove it .*\n$/,
        ),
      });
      expect(await readFile(file, 'utf8')).toBe('{"url": ');
    },
    2 * timeoutMs,
  );
});
