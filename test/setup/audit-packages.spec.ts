import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Sandbox, wholePath } from './sandbox.js';

const advisory = {
  id: 1,
  url: 'https://advisories.example/1',
  title: 'Reads what it should not',
  vulnerable_versions: '<2.0.0',
  cwe: [],
  cvss: { score: 0, vectorString: null },
};

/** What a registry says of the package, by which npm tells who else is affected. */
const document = {
  name: 'leaky',
  'dist-tags': { latest: '1.0.0' },
  versions: { '1.0.0': { name: 'leaky', version: '1.0.0' } },
};

/** The real script and the real npm, asked about one package, with a registry that answers as told. */
async function audit(status: number, advisories: object) {
  const asked: string[] = [];
  const registry = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const [code, answer] = request.url === '/leaky' ? [200, document] : [status, advisories];
    request.resume().once('end', () => response.writeHead(code).end(JSON.stringify(answer)));
  }).listen(0, '127.0.0.1');
  await once(registry, 'listening');
  await using sandbox = await Sandbox.create(['scripts'], []);
  const manifest = { name: 'audited', version: '1.0.0', type: 'module', dependencies: { leaky: '1.0.0' } };
  const packages = { '': manifest, 'node_modules/leaky': { version: '1.0.0' } };
  const lock = { name: 'audited', version: '1.0.0', lockfileVersion: 3, packages };
  await sandbox.write('package.json', JSON.stringify(manifest));
  await sandbox.write('package-lock.json', JSON.stringify(lock));
  const environment = {
    PATH: wholePath,
    npm_config_registry: `http://127.0.0.1:${(registry.address() as AddressInfo).port}`,
    npm_config_fetch_retries: '0',
  };
  const { code, lines } = await sandbox.run('scripts/audit-packages.sh', [], environment);
  registry.close();
  return { code, lines, asked };
}

describe('the audit of packages', () => {
  it('fails on a serious vulnerability of a package that we ship, and names it', async () => {
    const { code, lines } = await audit(200, { leaky: [{ ...advisory, severity: 'high' }] });
    expect({ code, lines }).toEqual({
      code: 1,
      lines: ['leaky <2.0.0: Reads what it should not (high, https://advisories.example/1)'],
    });
  });

  it('passes where no package has one, or one of little weight', async () => {
    expect(await audit(200, {})).toMatchObject({ code: 0, lines: [] });
    expect(await audit(200, { leaky: [{ ...advisory, severity: 'low' }] })).toMatchObject({
      code: 0,
      lines: [],
    });
  });

  it('says that nothing is known where the registry has no advisories', async () => {
    const { code, lines, asked } = await audit(405, {});
    expect(asked).toContain('POST /-/npm/v1/security/advisories/bulk');
    expect({ code, lines }).toEqual({
      code: 75,
      lines: ['packages were not audited: the registry gives no advisories (405 Method Not Allowed)'],
    });
  });
});
