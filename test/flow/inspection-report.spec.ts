import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { z } from 'zod';
import { SharpInspectionDrawing } from '#reports';
import { aRowOf, anInspectionRecord } from '../../libs/reports/fixtures/inspection-record.js';

/**
 * The report as a real browser sees it: its geometry and its screenshot. What is measured is written by a script that
 * stands outside the page, in a frame's parent: the page itself may run none.
 */
const measure = `
const frame = document.querySelector('iframe');
frame.addEventListener('load', () => {
  const page = frame.contentDocument;
  const picture = page.querySelector('img').getBoundingClientRect();
  const report = {
    title: page.title,
    scripts: page.scripts.length,
    images: page.images.length,
    naturalWidth: page.images[0].naturalWidth,
    picture: { width: picture.width, height: picture.height },
    fits: page.documentElement.scrollWidth <= frame.clientWidth,
    verdict: getComputedStyle(page.querySelector('.verdict')).backgroundColor,
    heading: page.querySelector('h1').textContent,
    rows: [...page.querySelectorAll('tbody')].map((body) => body.rows.length),
    more: page.body.textContent.includes('and 10 more'),
    loaded: performance.getEntriesByType('resource').filter(({ name }) => name.startsWith('http')).length,
  };
  document.body.dataset.report = JSON.stringify(report);
});`;

const shown = z.object({
  title: z.string(),
  scripts: z.number(),
  images: z.number(),
  naturalWidth: z.number(),
  picture: z.object({ width: z.number(), height: z.number() }),
  fits: z.boolean(),
  verdict: z.string(),
  heading: z.string(),
  rows: z.array(z.number()),
  more: z.boolean(),
  loaded: z.number(),
});

const photo = join(import.meta.dirname, '../assets/cat.jpg');
/** `REPORT_SCREENSHOT=keep` writes it anew; look at it before it is committed. */
const kept = join(import.meta.dirname, '../assets/report.png');
/** Rows of tiles that show nothing but the picture, whose letters are outlines. */
const pictureRows = { first: 14, last: 50 };
/** Of 255 steps of brightness: of any tile of the picture, and of those of text on average. */
const most = { inPicture: 24, inText: 4 };

const browser = ['chromium', 'google-chrome'];
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run'];
const run = promisify(execFile);

async function browse(args: string[]): Promise<string> {
  for (const name of browser) {
    try {
      return (await run(name, [...flags, ...args], { timeout: 60_000, maxBuffer: 64 * 1024 * 1024 })).stdout;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  throw new Error('there is no browser: scripts/install-chromium.sh');
}

describe('the HTML report in a browser', () => {
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inferway-report-'));
    const photo = await sharp({ create: { width: 400, height: 300, channels: 3, background: '#808080' } })
      .jpeg()
      .toBuffer();
    const record = anInspectionRecord(aRowOf('<i>label</i>', 30));
    const { bytes } = await new SharpInspectionDrawing().report(photo, record, 'html');
    file = join(folder, 'report.html');
    await writeFile(file, bytes);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('shows the picture and what is known of it, all text as text, and loads and runs nothing', async () => {
    const around = join(folder, 'around.html');
    await writeFile(
      around,
      `<!doctype html><body><iframe src="report.html" width="820" height="1160"></iframe><script>${measure}</script>`,
    );
    const profile = `--user-data-dir=${join(folder, 'profile')}`;
    const access = '--allow-file-access-from-files';
    const dom = await browse([
      profile,
      access,
      '--virtual-time-budget=5000',
      '--dump-dom',
      `file://${around}`,
    ]);
    const [, json = ''] = /data-report="([^"]*)"/.exec(dom) ?? [];
    const report = shown.parse(
      JSON.parse(
        json
          .replaceAll('&quot;', '"')
          .replaceAll('&lt;', '<')
          .replaceAll('&gt;', '>')
          .replaceAll('&amp;', '&'),
      ),
    );
    const name = '"><img src=x onerror=alert(1)><script>document.title="run"</script>';
    expect(report).toMatchObject({
      title: `${name}: fail`,
      heading: name,
      scripts: 0,
      images: 1,
      naturalWidth: 640,
      fits: true,
      verdict: 'rgb(179, 18, 58)',
      rows: [1, 20],
      more: true,
      loaded: 0,
    });
    expect(report.picture.width / report.picture.height).toBeCloseTo(4 / 3, 1);
  }, 90_000);

  it('is one page of paper with all the rows that it may have, and long names', async () => {
    const photo = await sharp({ create: { width: 300, height: 400, channels: 3, background: '#808080' } })
      .png()
      .toBuffer();
    const record = anInspectionRecord(aRowOf('a'.repeat(100), 100));
    const [rule] = record.brokenRules;
    if (rule === undefined) throw new Error('no rule was broken');
    const brokenRules = Array.from({ length: 9 }, (_, index) => ({
      ...rule,
      name: `${index} ${'long '.repeat(19)}`,
    }));
    const profile = { ...record.profile, name: 'W'.repeat(200) };
    const { bytes } = await new SharpInspectionDrawing().report(
      photo,
      { ...record, profile, brokenRules },
      'html',
    );
    const [page, paper] = [join(folder, 'full.html'), join(folder, 'full.pdf')];
    await writeFile(page, bytes);
    const user = `--user-data-dir=${join(folder, 'profile')}`;
    await browse([user, '--no-pdf-header-footer', `--print-to-pdf=${paper}`, `file://${page}`]);
    expect((await readFile(paper, 'latin1')).match(/\/Type \/Page\b/g)).toHaveLength(1);
  }, 90_000);

  it('looks as it did: a screenshot is compared with the one that is kept', async () => {
    const { profile: asked, picture, ...rest } = anInspectionRecord(aRowOf('cat', 3));
    // So short that no font breaks a line, which would move all that is below.
    const short = {
      profile: { ...asked, name: 'Road' },
      picture: { ...picture, sha256: '0123456789abcdef' },
    };
    const record = { ...rest, ...short };
    const { bytes } = await new SharpInspectionDrawing().report(await readFile(photo), record, 'html');
    const [page, shot] = [join(folder, 'cat.html'), join(folder, 'cat.png')];
    await writeFile(page, bytes);
    const profile = `--user-data-dir=${join(folder, 'profile')}`;
    await browse([profile, '--window-size=820,1160', `--screenshot=${shot}`, `file://${page}`]);
    const tiles = await tilesOf(shot);
    if (process.env['REPORT_SCREENSHOT'] === 'keep') await writeFile(kept, tiles);
    const [seen, { data, info }] = await Promise.all([pixelsOf(tiles), pixelsOf(await readFile(kept))]);
    expect(seen.info).toEqual(info);
    const differences = Array.from(data, (value, at) => Math.abs(value - (seen.data[at] ?? NaN)));
    const rowOf = (at: number) => Math.floor(at / (info.width * info.channels));
    const isPicture = (_: number, at: number) =>
      rowOf(at) >= pictureRows.first && rowOf(at) <= pictureRows.last;
    const ofPicture = differences.filter(isPicture);
    const ofText = differences.filter((each, at) => !isPicture(each, at));
    expect(Math.max(...ofPicture)).toBeLessThan(most.inPicture);
    expect(ofText.reduce((sum, one) => sum + one, 0) / ofText.length).toBeLessThan(most.inText);
  }, 90_000);
});

/** Tiles of ten pixels: fonts differ from machine to machine, and with them every pixel of text. */
async function tilesOf(screenshot: string): Promise<Buffer> {
  const { width, height } = await sharp(screenshot).metadata();
  return sharp(screenshot)
    .resize(width / 10, height / 10, { fit: 'fill' })
    .removeAlpha()
    .png()
    .toBuffer();
}

function pixelsOf(picture: Buffer) {
  return sharp(picture).raw().toBuffer({ resolveWithObject: true });
}
