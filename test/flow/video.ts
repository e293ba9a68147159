import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { z } from 'zod';
import { videoFrameView, videoView } from '#contracts';
import { makeCatVideo, type ServerProcess } from '#testing';
import { newTenantKey } from './new-tenant.js';

const startTimeoutMs = 120_000;
const submitted = z.object({ id: z.string() });
const usage = z.object({ usage: z.array(z.object({ task: z.string(), amount: z.number() })) });

export function describeVideo(server: () => ServerProcess): void {
  describe('a video of ten seconds, into which a photographed cat comes at 3 s and leaves at 7 s', () => {
    let key: string;
    let folder: string;
    let cat: Uint8Array;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'video-'));
      [key, cat] = await Promise.all([
        newTenantKey(server(), 'films'),
        makeCatVideo(join(folder, 'cat.mp4')),
      ]);
    }, startTimeoutMs);
    afterAll(() => rm(folder, { recursive: true }));

    const ask = (path: string, init: RequestInit = {}) =>
      fetch(server().url + path, {
        ...init,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'video/mp4' },
      });
    const submit = async (query = '') => {
      const reply = await ask(`/v1/videos${query}`, { method: 'POST', body: cat.slice() });
      expect(reply.status).toBe(202);
      return submitted.parse(await reply.json()).id;
    };
    /** Resolves when every frame has been looked at. */
    const ended = async (id: string) => {
      for (;;) {
        const video = videoView.loose().parse(await (await ask(`/v1/videos/${id}`)).json());
        if (video.status !== 'queued' && video.status !== 'running') return video;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };

    it('shows one track, from 3 s to 7 s to within 0.3 s', async () => {
      const id = await submit();
      const video = await ended(id);
      expect(video).toMatchObject({ id, status: 'succeeded', width: 640, height: 360, lookedAt: 50 });
      expect(video.progress).toEqual({ total: 50, succeeded: 50, failed: 0 });
      expect(video.tracks).toMatchObject([{ id: 1, label: 'cat' }]);
      expect(video.counts).toEqual([{ label: 'cat', tracks: 1, mostAtOnce: 1 }]);
      const [track] = video.tracks;
      expect(Math.abs((track?.enterS ?? 0) - 3)).toBeLessThanOrEqual(0.3);
      expect(Math.abs((track?.leaveS ?? 0) - 7)).toBeLessThanOrEqual(0.3);

      const lines = (await (await ask(`/v1/videos/${id}/frames`)).text()).trimEnd().split('\n');
      const frames = lines.map((line) => videoFrameView.parse(JSON.parse(line)));
      expect(frames.map(({ index }) => index)).toEqual(Array.from({ length: 50 }, (_, i) => i));
      for (const { timeS, objects } of frames) {
        const isThere = timeS >= 3 && timeS < 6.99;
        const tracked = objects.filter((object) => object.track !== undefined);
        if (!isThere) expect(objects).toEqual([]);
        if (tracked.length > 0) {
          expect(tracked).toMatchObject([{ track: 1 }]);
          const [{ box } = { box: { x: 0, y: 0, width: 0, height: 0 } }] = tracked;
          const leftPx = 60 + 60 * (timeS - 3);
          expect(Math.abs(box.x + box.width / 2 - (leftPx + 120))).toBeLessThan(40);
        }
      }

      const sheet = await ask(`/v1/videos/${id}/contact-sheet`);
      expect(sheet.headers.get('content-type')).toBe('image/jpeg');
      const { width, height } = await sharp(await sheet.arrayBuffer()).metadata();
      expect(width).toBeGreaterThan(1_500);
      expect(height).toBeGreaterThan(500);

      const used = usage.parse(await (await ask('/v1/usage')).json());
      expect(used.usage.find(({ task }) => task === 'detect-objects')?.amount).toBe(50);
    }, 120_000);

    it('shows the same cat where scenes are looked at', async () => {
      const video = await ended(await submit('?sampling=scene&sceneThreshold=0.02'));
      expect(video.lookedAt).toBeGreaterThanOrEqual(3);
      expect(video.tracks[0]).toMatchObject({ label: 'cat' });
      expect(Math.abs((video.tracks[0]?.enterS ?? 0) - 3)).toBeLessThanOrEqual(0.3);
    }, 120_000);

    it('is no video to a photo, and no job either', async () => {
      const photo = await readFile(join(import.meta.dirname, '../assets/cat.jpg'));
      const reply = await ask('/v1/videos', { method: 'POST', body: photo });
      expect([reply.status, await reply.json()]).toMatchObject([415, { code: 'video.unsupported_format' }]);
    });
  });
}
