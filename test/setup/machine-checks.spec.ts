import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { basics, Sandbox } from './sandbox.js';

const files = ['scripts', 'models/starter.lock.json', 'package.json', 'package-lock.json', '.npmrc'];

/** A `python3` that answers the three questions of the set-up: its version, whether it is new enough, its pip. */
const python = (version: string, newEnough: boolean, pip: boolean) =>
  `case "$1" in --version) echo Python ${version} ;; -c) exit ${newEnough ? 0 : 1} ;; -m) exit ${pip ? 0 : 1} ;; esac`;

const machines: {
  name: string;
  tools: string[];
  doubles?: Record<string, string>;
  settings?: Record<string, string>;
  says: RegExp;
}[] = [
  { name: 'without Node', tools: [], says: /node is not on PATH: install Node\.js 20/ },
  {
    name: 'with an old Node',
    tools: [],
    doubles: { node: 'echo v18.20.4' },
    says: /node v18\.20\.4 is too old: install/,
  },
  { name: 'without npm', tools: ['node'], says: /npm is not on PATH: install/ },
  {
    name: 'without Python',
    tools: ['node', 'npm'],
    says: /python3 is not on PATH: install Python 3\.11 and pip, or unpack a model pack \(make build; npm run inferway --/,
  },
  {
    name: 'with an old Python',
    tools: ['node', 'npm'],
    doubles: { python3: python('3.9.2', false, true) },
    says: /Python 3\.9\.2 is too old: install Python 3\.11/,
  },
  {
    name: 'whose Python has no pip',
    tools: ['node', 'npm'],
    doubles: { python3: python('3.11.2', true, false) },
    says: /python3 has no pip: install it \(Debian: python3-pip\)/,
  },
  {
    name: 'whose models folder cannot be made',
    tools: ['node', 'npm'],
    doubles: { python3: python('3.11.2', true, true) },
    settings: { INFERWAY_MODELS: '/proc/models' },
    says: /\/proc\/models cannot hold models: set INFERWAY_MODELS to a folder that this user may write to$/,
  },
  {
    name: 'with a full disk',
    tools: ['node', 'npm'],
    doubles: {
      python3: python('3.11.2', true, true),
      df: 'echo Filesystem 1M-blocks Used Available Use% Mounted; echo /dev/vda 1000 900 100 90% /',
    },
    says: /need 2500 MB in .*, where 100 MB are free: free some space/,
  },
];

describe('set-up on an unfit machine', () => {
  it.each(machines)(
    '$name says in one line what to do, and fetches nothing',
    async ({ tools, doubles, settings, says }) => {
      await using sandbox = await Sandbox.create(files, [...basics, ...tools]);
      for (const [name, script] of Object.entries(doubles ?? {})) await sandbox.tool(name, script);
      const { code, lines } = await sandbox.run('scripts/setup.sh', [], settings);
      expect(code).toBe(1);
      expect(lines).toEqual([expect.stringMatching(says)]);
      expect(lines[0]).toMatch(/^inferway: /);
      expect(existsSync(sandbox.path('node_modules'))).toBe(false);
    },
  );
});
