import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customSchemas } from './custom-schemas.js';
import { kubernetes, kubernetesVersions, parse, template } from './chart.js';
import { matrix } from './values.matrix.js';

const run = promisify(execFile);
const timeoutMs = 120_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inferway-schemas-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A module of the Python packages in requirements-deploy.txt. */
function python(...args: string[]): Promise<{ stdout: string }> {
  const env = { ...process.env, PYTHONPATH: process.env['TEST_DEPLOY_PYTHONPATH'] };
  return run('python3', ['-m', ...args], { env, timeout: timeoutMs });
}

const validate = (version: string, ...files: string[]) =>
  python('kubernetes_validate', '--strict', '--kubernetes-version', version, ...files);

describe.each(kubernetesVersions)(`the schemas of Kubernetes %s`, (version) => {
  it(
    'accept every manifest of every way to install',
    async () => {
      const files = await Promise.all(
        matrix.map(async ([, values], i) => {
          const file = join(folder, `${i}.yaml`);
          await writeFile(file, await template(values));
          return file;
        }),
      );
      const { stdout } = await validate(version, ...files);
      expect(
        stdout.split('\n').filter((line) => line.startsWith('INFO') && line.includes('passed')).length,
      ).toBeGreaterThan(40);
      const unknown = stdout.split('\n').flatMap((line) => /schema for kind (\w+)/.exec(line)?.[1] ?? []);
      for (const kind of unknown) expect(Object.keys(customSchemas)).toContain(kind);
    },
    timeoutMs,
  );
});

describe(`the schemas of Kubernetes ${kubernetes}`, () => {
  it(
    'refuse a misspelt field, so that the test above can fail',
    async () => {
      const text = (await template({ secrets: { existingSecret: 'mine' } })).replace(
        'revisionHistoryLimit',
        'revisionHistory',
      );
      await writeFile(join(folder, 'bad.yaml'), text);
      await expect(validate(kubernetes, join(folder, 'bad.yaml'))).rejects.toThrow();
    },
    timeoutMs,
  );
});

describe('the schemas of KEDA, the Prometheus operator and the Gateway API', () => {
  const custom = async (values: object) =>
    parse(await template(values)).filter(({ kind }) => Object.hasOwn(customSchemas, kind));

  it('accept every manifest of theirs', async () => {
    const all = (await Promise.all(matrix.map(([, values]) => custom(values)))).flat();
    for (const each of all) customSchemas[each.kind]?.(each);
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(Object.keys(customSchemas)));
  });

  it('refuse a wrong value, so that the test above can fail', async () => {
    for (const [, values] of matrix)
      for (const each of await custom(values))
        expect(() =>
          customSchemas[each.kind]?.({ ...each, spec: Object.values(z.looseObject({}).parse(each.spec)) }),
        ).toThrow();
  });
});

describe('k8s/', () => {
  it('is what `scripts/render-manifests.sh` makes of the chart', async () => {
    await run('scripts/render-manifests.sh', [folder], {
      env: { ...process.env, PATH: `${helmFolder()}:${process.env['PATH'] ?? ''}` },
    });
    const profiles = await readdir('helm/inferway/profiles');
    expect(profiles.length).toBeGreaterThanOrEqual(2);
    for (const profile of profiles.map((name) => name.replace('.yaml', '')))
      for (const file of ['1-migrate.yaml', '2-programs.yaml'])
        expect(await objects(join('k8s', profile, file))).toEqual(await objects(join(folder, profile, file)));
  });
});

/** What a file says, whatever the version of Helm does with order and blanks. */
const objects = async (file: string) =>
  parse(await readFile(file, 'utf8'))
    .map((each) => JSON.stringify(each))
    .sort();

const helmFolder = () => join(process.env['TEST_HELM'] ?? '', '..');
