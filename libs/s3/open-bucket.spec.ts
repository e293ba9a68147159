import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startS3, type S3Server } from '#local-servers';
import { openBucket, type BucketSettings } from './index.js';

const all = ['s3:PutObject', 's3:GetObject', 's3:ListBucket', 's3:DeleteObject'];
const rules = ['s3:GetLifecycleConfiguration', 's3:PutLifecycleConfiguration'];

describe('openBucket', () => {
  let server: S3Server;
  let settings: BucketSettings;
  beforeAll(async () => {
    server = await startS3();
    await server.createBucket('payloads');
    await server.createBucket('versions');
    await fetch(`${server.url}/versions?versioning`, {
      method: 'PUT',
      body: '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>',
    });
    const place = { bucket: 'payloads', prefix: 'inferway/', region: 'us-east-1' };
    settings = { ...place, endpoint: server.url, pathStyle: true };
  });
  afterAll(() => server.stop());

  /** Opens and closes one. */
  async function open(rights: readonly string[], changes: Partial<BucketSettings> = {}): Promise<boolean> {
    const credentials = await server.allowOnly(rights);
    const bucket = await openBucket({ ...settings, credentials, ...changes }, () => undefined);
    try {
      return await bucket.expireByRule();
    } finally {
      bucket.close();
    }
  }

  it('needs four rights, and gives the bucket a rule that removes what is forgotten, where it may', async () => {
    expect(await open(all)).toBe(false);
    expect(await open([...all, ...rules])).toBe(true);
    await server.allowOnly([...all, 's3:GetLifecycleConfiguration']);
    expect(await open([...all, 's3:GetLifecycleConfiguration'])).toBe(true);
  });

  it.each(all)('names the right that is missing: %s', async (right) => {
    const opened = open(all.filter((each) => each !== right));
    await expect(opened).rejects.toMatchObject({
      setting: 'PAYLOAD_S3_BUCKET',
      message: expect.stringMatching(`access denied: .*${right}.* payloads/inferway/`),
      passes: false,
    });
  });

  it.each<[string, Partial<BucketSettings>, string, RegExp, boolean]>([
    [
      'a bucket that is not there',
      { bucket: 'other' },
      'PAYLOAD_S3_BUCKET',
      /no bucket other at http/,
      false,
    ],
    ['a bucket that keeps versions', { bucket: 'versions' }, 'PAYLOAD_S3_BUCKET', /keeps versions/, false],
    [
      'a key that the store does not know',
      { credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' } },
      'AWS_ACCESS_KEY_ID',
      /InvalidAccessKeyId/,
      false,
    ],
    [
      'a store out of reach',
      { endpoint: 'http://127.0.0.1:1' },
      'PAYLOAD_S3_ENDPOINT',
      /cannot be reached/,
      true,
    ],
  ])('refuses %s, naming the setting', async (_name, changes, setting, message, passes) => {
    const opened = open([...all, 's3:GetBucketVersioning'], changes);
    await expect(opened).rejects.toMatchObject({
      setting,
      passes,
      message: expect.stringMatching(message),
    });
  });

  it('refuses a wrong secret: signatures are checked', async () => {
    const { accessKeyId } = await server.allowOnly(all);
    const opened = open(all, { credentials: { accessKeyId, secretAccessKey: 'wrong' } });
    await expect(opened).rejects.toMatchObject({
      setting: 'AWS_ACCESS_KEY_ID',
      message: expect.stringContaining('SignatureDoesNotMatch'),
    });
  });
});
