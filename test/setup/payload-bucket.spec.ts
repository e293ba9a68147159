import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startS3, type S3Server } from '#local-servers';

const run = promisify(execFile);

describe('the programs of a cluster with a bucket for payloads', () => {
  let server: S3Server;
  let credentials: Record<string, string>;
  beforeAll(async () => {
    server = await startS3();
    await server.createBucket('payloads');
    const { accessKeyId, secretAccessKey } = await server.allowOnly(['s3:PutObject']);
    credentials = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  });
  afterAll(() => server.stop());

  /** The bucket is opened before all else, so that neither Redis nor Postgres is needed to be refused. */
  const start = (program: string, settings: Record<string, string>) => {
    const sealKey = Buffer.alloc(32).toString('base64');
    const needed = { DATABASE_URL: 'postgresql://none/x', REDIS_URL: 'redis://none', SEAL_KEY: sealKey };
    const place = { PAYLOAD_S3_BUCKET: 'payloads', PAYLOAD_S3_ENDPOINT: server.url };
    const own = { ...needed, ...place, ...credentials, PORT: '0', LOG_LEVEL: 'silent', NODE_OPTIONS: '' };
    const env = { ...process.env, ...own, ...settings };
    return run(process.execPath, [join('dist', 'apps', program, 'src', 'main.js')], { env });
  };

  it('do not start on one that is not there, or may not be used: exit code 78, naming the setting', async () => {
    await Promise.all(
      ['gateway', 'worker'].map((program) =>
        expect(start(program, { PAYLOAD_S3_BUCKET: 'other' })).rejects.toMatchObject({
          code: 78,
          stderr: `${program}: PAYLOAD_S3_BUCKET: there is no bucket other at ${server.url}\n`,
        }),
      ),
    );
    await expect(start('gateway', {})).rejects.toMatchObject({
      code: 78,
      stderr: expect.stringContaining('PAYLOAD_S3_BUCKET: access denied: may not read (s3:GetObject)'),
    });
  }, 60_000);

  it('do not start on one out of reach: exit code 69, for it may come back', async () => {
    const settings = { PAYLOAD_S3_ENDPOINT: 'http://127.0.0.1:1' };
    await expect(start('gateway', settings)).rejects.toMatchObject({
      code: 69,
      stderr: 'gateway: PAYLOAD_S3_ENDPOINT: http://127.0.0.1:1 cannot be reached (ECONNREFUSED)\n',
    });
  }, 60_000);
});
