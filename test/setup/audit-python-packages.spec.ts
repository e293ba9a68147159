import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { Sandbox, wholePath } from './sandbox.js';

const question = z.object({ package: z.object({ name: z.string() }), version: z.string() });

/** An advisory of OSV for version 1.0.0 of the package `leaky`. */
const advisory = (...fixes: string[]) => ({
  id: 'PYSEC-2026-1',
  summary: 'Reads what it should not',
  affected: [
    {
      package: { name: 'leaky', ecosystem: 'PyPI' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, ...fixes.map((fixed) => ({ fixed }))] }],
    },
  ],
});

/** The real script and the real pip-audit, asked about our pins and `leaky`, with a service that answers as told. */
async function audit(status: number, known: object) {
  const asked: string[] = [];
  const service = createServer((request, response) => {
    void text(request).then((body) => {
      const { package: wanted, version } = question.parse(JSON.parse(body));
      asked.push(`${wanted.name} ${version}`);
      response.writeHead(status).end(JSON.stringify(wanted.name === 'leaky' ? known : {}));
    });
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  await using sandbox = await Sandbox.create(['scripts', 'models/requirements.txt'], []);
  await sandbox.write(
    'test/requirements-leaky.txt',
    '# A comment\nleaky==1.0.0 \\\n    --hash=sha256:00\nloose\n',
  );
  const { code, lines } = await sandbox.run('scripts/audit-python-packages.sh', [], {
    PATH: wholePath,
    // The tool of the other tests, where it is installed.
    HOME: process.env['HOME'],
    PIP_AUDIT_VULNERABILITY_SERVICE: 'osv',
    PIP_AUDIT_OSV_URL: `http://127.0.0.1:${(service.address() as AddressInfo).port}/v1/query`,
  });
  service.close();
  return { code, lines: lines.filter((line) => !line.includes('python-requirements-audit')), asked };
}

describe('the audit of Python packages', () => {
  it('fails on a vulnerability that is mended, names it, and asks about every pinned version', async () => {
    const { code, lines, asked } = await audit(200, { vulns: [advisory('1.0.2', '1.0.1')] });
    expect({ code, lines }).toEqual({
      code: 1,
      lines: ['leaky 1.0.0: Reads what it should not (PYSEC-2026-1, mended in 1.0.1, 1.0.2)'],
    });
    expect(asked).toEqual(
      expect.arrayContaining([
        'leaky 1.0.0',
        expect.stringMatching(/^onnx /),
        expect.stringMatching(/^imageio-ffmpeg /),
      ]),
    );
  }, 120_000);

  it('passes where no package has one, and tells of one that nobody has mended', async () => {
    expect(await audit(200, {})).toMatchObject({ code: 0, lines: [] });
    expect(await audit(200, { vulns: [advisory()] })).toMatchObject({
      code: 0,
      lines: ['leaky 1.0.0: Reads what it should not (PYSEC-2026-1, not mended yet)'],
    });
  }, 120_000);

  it('says that nothing is known where the service does not answer, and asks it once', async () => {
    const { code, lines, asked } = await audit(503, {});
    expect(asked).toHaveLength(1);
    expect({ code, lines }).toEqual({
      code: 75,
      lines: ['packages of Python were not audited: the service of advisories does not answer'],
    });
  }, 120_000);

  it('says so too where the service knows none of the packages', async () => {
    await using sandbox = await Sandbox.create(['scripts'], []);
    await sandbox.write('package.json', '{"type":"module"}');
    const report = {
      dependencies: [{ name: 'onnx', skip_reason: 'Dependency not found on PyPI' }],
      fixes: [],
    };
    await sandbox.write('report', JSON.stringify(report));
    await sandbox.write('read', '#!/bin/sh\nexec node scripts/read-python-audit.js <report\n', 0o755);
    const { code, lines } = await sandbox.run('read', [], { PATH: wholePath });
    expect({ code, lines }).toEqual({
      code: 75,
      lines: ['packages of Python were not audited: the service gives no advisories'],
    });
  });
});
