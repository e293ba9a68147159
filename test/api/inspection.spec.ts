import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { z } from 'zod';
import { inspectionProfileView, keyRequest } from '#contracts';
import { systemOperator } from '#core';
import { inspectionReply } from '#transport';
import {
  graphqlSurface,
  profilesPath,
  restSurface,
  senderOf,
  type Answer,
  type Send,
} from './inspection-surfaces.js';
import { startLocalGateway } from './local-gateway.js';

/** The double finds one cat, 438 × 298 pixels; what is judged and drawn of that is under test here. */
const photo = readFileSync('test/assets/cat.jpg');
const image = photo.toString('base64');
/** As `sha256sum test/assets/cat.jpg` says. */
const photoDigest = 'dcfb22f7fae56373f0cb23ed27f9f2d7c8f5e853d8497cd5e38e2c5156336bd1';
const catRule = {
  name: 'no cats',
  labels: ['cat'],
  measure: 'count',
  above: 0,
  severity: 'major',
  verdict: 'fail',
};
let gateway: Awaited<ReturnType<typeof startLocalGateway>>;
beforeAll(async () => {
  gateway = await startLocalGateway();
}, 30_000);
afterAll(() => gateway.stop());

const as: Send = (...sent) => senderOf(gateway)(...sent);

const surfaces = [
  { name: 'REST', open: restSurface },
  { name: 'GraphQL', open: graphqlSurface },
];

describe.each(surfaces)('inspection over $name', ({ open }) => {
  const surface = open(as, image);
  const withoutNulls = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(withoutNulls);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, each]) => (each === null ? [] : [[name, withoutNulls(each)]])),
    );
  };
  const profileOf = ({ data }: Answer) => {
    const { rules } = z.object({ rules: z.unknown() }).parse(data);
    return inspectionProfileView.loose().parse({ ...Object(data), rules: withoutNulls(rules) });
  };
  const inspectionOf = ({ data }: Answer) => inspectionReply.parse(withoutNulls(data));
  const newProfile = async (rest: object = {}) =>
    profileOf(await surface.create({ name: 'cats', task: 'detect-objects', ...rest }));

  it('makes profiles and versions of them, which stay as they were', async () => {
    const first = await newProfile({ rules: [catRule] });
    expect(first).toMatchObject({
      version: 1,
      model: null,
      minScore: null,
      mmPerPixel: null,
      archivedAt: null,
    });
    const second = profileOf(await surface.change(first.id, { mmPerPixel: 0.5, labels: ['cat'] }));
    expect(second).toMatchObject({ version: 2, mmPerPixel: 0.5, labels: ['cat'] });
    expect(second.rules).toEqual([catRule]);
    const third = profileOf(await surface.change(first.id, { mmPerPixel: null, labels: null }));
    expect(third).toMatchObject({ version: 3, mmPerPixel: null, labels: null });
    expect(profileOf(await surface.find(first.id, 2))).toMatchObject({ version: 2, mmPerPixel: 0.5 });
    expect(profileOf(await surface.find(first.id))).toMatchObject({ version: 3 });
    expect(await surface.find(first.id, 4)).toMatchObject({ code: 'resource.not_found' });
  });

  it.each([
    [{ rules: [{ ...catRule, below: 2 }] }, 'rules[0]'],
    [{ rules: [{ ...catRule, measure: 'areaMm2' }] }, 'rules[0].measure'],
    [{ rules: [catRule, catRule] }, 'rules[1].name'],
    [{ minScore: 2 }, 'minScore'],
    [{ task: 'segment-image' }, 'model'],
    [{ task: 'translate' }, 'task'],
    [{ task: 'segment-image', model: 'cell-nuclei', tile: 'auto' }, 'tile'],
    [{ region: { unit: 'px', x: 0.5, y: 0, width: 10, height: 10 } }, 'region'],
    [{ region: { unit: 'part', x: 0.5, y: 0, width: 0.6, height: 1 } }, 'region'],
    [{ region: { unit: 'part', x: 0, y: 0, width: 0, height: 1 } }, 'region.width'],
    [{ name: '' }, 'name'],
    [{ name: 'a\0b' }, 'name'],
    [{ labels: ['a\0b'] }, 'labels[0]'],
    [{ rules: [{ ...catRule, name: 'a\0b' }] }, 'rules[0].name'],
  ])('names what is wrong with a profile of %j', async (wrong, issue) => {
    const refusal = await surface.create({ name: 'p', task: 'detect-objects', ...wrong });
    expect(refusal).toMatchObject({ code: 'request.invalid', issue });
  });

  it('gives verdict, findings, measurements, and what was billed, as the task that found', async () => {
    const { id } = await newProfile({ rules: [catRule], mmPerPixel: 0.5 });
    const found = inspectionOf(await surface.inspect({ profile: id }));
    expect(found).toMatchObject({
      verdict: 'fail',
      profile: { id, version: 1, name: 'cats', task: 'detect-objects' },
      picture: { width: 400, height: 300, sizeBytes: photo.length, sha256: photoDigest },
      findings: [{ number: 1, label: 'cat', severity: 'major', brokenRules: ['no cats'], areaPx: 438 * 298 }],
      severities: { critical: 0, major: 1, minor: 0, info: 0 },
      brokenRules: [{ name: 'no cats', measured: 1, findings: [1] }],
      measurements: [{ label: 'cat', count: 1, totalAreaMm2: (438 * 298) / 4 }],
      model: 'detect-objects-test@1',
      usage: { unit: 'images', amount: 1 },
    });
    expect(found).not.toHaveProperty('annotated');
    const sent = gateway.queue.submitted.at(-1);
    expect(sent).toMatchObject({ task: 'detect-objects', requestId: found.requestId, units: 1 });
    await surface.change(id, { rules: [] });
    expect(inspectionOf(await surface.inspect({ profile: id })).verdict).toBe('pass');
    expect(inspectionOf(await surface.inspect({ profile: id, version: 1 })).verdict).toBe('fail');
  });

  it('takes the regions of a segmentation for the same kind of finding, with an area of their own', async () => {
    const small = { ...catRule, name: 'small', labels: ['nucleus'], measure: 'areaPx', above: 1 };
    const of = (rest: object) =>
      newProfile({ task: 'segment-image', model: 'cell-nuclei', rules: [small], ...rest });
    const found = inspectionOf(await surface.inspect({ profile: (await of({})).id, report: 'html' }));
    expect(found).toMatchObject({
      verdict: 'fail',
      findings: [{ label: 'nucleus', areaPx: 2, polygons: [[1, 0, 3, 0, 3, 1, 1, 1]] }],
    });
    expect(gateway.queue.submitted.at(-1)).toMatchObject({
      models: ['cell-nuclei'],
      items: [{ masks: 'polygons' }],
    });
    const others = inspectionOf(await surface.inspect({ profile: (await of({ labels: ['cell'] })).id }));
    expect(others).toMatchObject({ verdict: 'pass', findings: [] });
  });

  it('has the model look that the profile names, and says so when there is none of that name', async () => {
    const { id } = await newProfile({ model: 'nanodet-g@2' });
    expect(inspectionOf(await surface.inspect({ profile: id })).verdict).toBe('pass');
    expect(gateway.queue.submitted.at(-1)).toMatchObject({ models: ['nanodet-g@2'] });
    await surface.change(id, { model: 'unicorns' });
    expect(await surface.inspect({ profile: id })).toMatchObject({ code: 'request.invalid', issue: 'model' });
    await surface.change(id, { model: null });
    expect(inspectionOf(await surface.inspect({ profile: id })).verdict).toBe('pass');
    expect(gateway.queue.submitted.at(-1)?.models).toBeUndefined();
  });

  it('draws the picture and the page that are asked for', async () => {
    const { id } = await newProfile({ rules: [catRule] });
    const html = inspectionOf(await surface.inspect({ profile: id, annotate: true, report: 'html' }));
    expect(html.annotated?.mediaType).toBe('image/png');
    const drawn = await sharp(Buffer.from(html.annotated?.data ?? '', 'base64')).metadata();
    expect(drawn).toMatchObject({ format: 'png', width: 400, height: 300 });
    const page = Buffer.from(html.report?.data ?? '', 'base64').toString();
    expect(page).toContain(html.requestId);
    const pdf = inspectionOf(await surface.inspect({ profile: id, report: 'pdf' }));
    expect(pdf).not.toHaveProperty('annotated');
    expect(
      Buffer.from(pdf.report?.data ?? '', 'base64')
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-');
  });

  it('looks at the part that the profile says, in pixels or in parts of the upright picture, and by tiles', async () => {
    const middle = { unit: 'part', x: 0.25, y: 0.25, width: 0.5, height: 0.5 };
    const { id } = await newProfile({ region: middle, tile: 'auto' });
    const found = inspectionOf(await surface.inspect({ profile: id, report: 'html' }));
    expect(found.region).toEqual({ x: 100, y: 75, width: 200, height: 150 });
    expect(gateway.queue.submitted.at(-1)?.items[0]).toMatchObject({ region: found.region, tile: 'auto' });
    expect(Buffer.from(found.report?.data ?? '', 'base64').toString()).toContain(
      '200 × 150 px of the picture',
    );
    const turned = await sharp(photo).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const upright = inspectionOf(await surface.inspect({ profile: id, image: turned.toString('base64') }));
    expect(upright.region).toEqual({ x: 75, y: 100, width: 150, height: 200 });
    const pixels = { x: 7, y: 8, width: 90, height: 10 };
    const change = { region: { unit: 'px', ...pixels }, tile: 'none' };
    expect(profileOf(await surface.change(id, change))).toMatchObject(change);
    expect(inspectionOf(await surface.inspect({ profile: id })).region).toEqual(pixels);
    await surface.change(id, { region: null });
    expect(inspectionOf(await surface.inspect({ profile: id }))).not.toHaveProperty('region');
  });

  it('names what is wrong with a file of which it is to look at a part', async () => {
    const { id } = await newProfile({ region: { unit: 'part', x: 0, y: 0, width: 0.5, height: 1 } });
    const refusal = async (file: Buffer) =>
      (await surface.inspect({ profile: id, image: file.toString('base64') })).code;
    expect(await refusal(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))).toBe(
      'image.unsupported_format',
    );
    expect(await refusal(photo.subarray(0, 20))).toBe('image.unreadable');
  });

  it('refuses an archived profile, an unknown one, and one that looks for an unknown label', async () => {
    const { id } = await newProfile();
    expect(profileOf(await surface.archive(id)).archivedAt).not.toBeNull();
    expect(await surface.inspect({ profile: id })).toMatchObject({ code: 'resource.conflict' });
    expect(await surface.inspect({ profile: 'insp_none' })).toMatchObject({ code: 'resource.not_found' });
    const unicorn = await newProfile({ labels: ['unicorn'] });
    expect(await surface.inspect({ profile: unicorn.id })).toMatchObject({ code: 'request.invalid' });
  });

  it('asks for the scopes', async () => {
    const { id } = await newProfile();
    const key = async (scopes: string[]) => {
      const order = keyRequest.parse({ tenantId: gateway.tenantId, scopes });
      return (await gateway.administration.keys.create(systemOperator, order)).text;
    };
    const reader = await key(['inspection-profiles:read']);
    const refused = { code: 'auth.missing_scope' };
    expect(await surface.create({ name: 'p', task: 'detect-objects' }, reader)).toMatchObject(refused);
    expect(await surface.inspect({ profile: id }, reader)).toMatchObject(refused);
    expect(inspectionOf(await surface.inspect({ profile: id }, await key(['inspect-image']))).verdict).toBe(
      'pass',
    );
  });
});

it('refuses half a character, which no database holds', async () => {
  const reply = await as('post', profilesPath)
    .send({ name: 'half \ud83d', task: 'detect-objects' })
    .expect(422);
  expect(reply.body).toMatchObject({ code: 'request.invalid', issues: [{ path: 'name' }] });
});

it('takes the picture as a form, too', async () => {
  const made = await as('post', profilesPath).send({ name: 'p', task: 'detect-objects' }).expect(201);
  const { id } = inspectionProfileView.loose().parse(made.body);
  const reply = await as('post', '/v1/images/inspect')
    .field('profile', id)
    .field('version', '1')
    .field('annotate', 'true')
    .attach('image', photo, 'cat.jpg')
    .expect(200);
  expect(reply.body).toMatchObject({ verdict: 'pass', annotated: { mediaType: 'image/png' } });
});

it('computes once under an Idempotency-Key, and judges by the version that is asked for', async () => {
  const made = await as('post', profilesPath).send({ name: 'p', task: 'detect-objects' }).expect(201);
  const { id } = inspectionProfileView.loose().parse(made.body);
  const ask = () =>
    as('post', '/v1/images/inspect')
      .set('idempotency-key', 'inspect-1')
      .send({ image, profile: id })
      .expect(200);
  const first = inspectionReply.parse((await ask()).body);
  const runs = gateway.queue.submitted.length;
  await as('patch', `${profilesPath}/${id}`)
    .send({ rules: [catRule] })
    .expect(200);
  const second = inspectionReply.parse((await ask()).body);
  expect(gateway.queue.submitted.length).toBe(runs);
  expect(second).toMatchObject({ requestId: first.requestId, verdict: 'fail' });
});

it('lists profiles page by page', async () => {
  const ids: string[] = [];
  const page = z.object({ profiles: z.array(inspectionProfileView), nextCursor: z.string().optional() });
  let cursor: string | undefined;
  do {
    const query = { limit: '3', ...(cursor !== undefined && { cursor }) };
    const reply = page.parse((await as('get', profilesPath).query(query).expect(200)).body);
    ids.push(...reply.profiles.map(({ id }) => id));
    cursor = reply.nextCursor;
  } while (cursor !== undefined);
  expect(ids.length).toBeGreaterThan(3);
  expect(ids).toEqual([...new Set(ids)].sort().reverse());
  await as('get', `${profilesPath}?cursor=nonsense`).expect(422);
});
