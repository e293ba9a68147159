import { z } from 'zod';
import { videoRecord, type VideoRecord } from '#contracts';
import type { VideoOfJob, VideoStill } from '#core';
import type { Seal } from '#kernel';

/** Stills as they are kept: images in base64. */
const storedStills = z.array(z.object({ index: z.int(), image: z.base64() }));

const contextOf = (tenantId: string, jobId: string, column: 'video' | 'video_stills') =>
  `jobs\0${tenantId}\0${jobId}\0${column}`;

export function sealVideo(seal: Seal, tenantId: string, jobId: string, { record, stills }: VideoOfJob) {
  const kept = stills.map(({ index, image }) => ({ index, image: Buffer.from(image).toString('base64') }));
  const sealed = (column: 'video' | 'video_stills', value: unknown) =>
    seal.seal(Buffer.from(JSON.stringify(value)), contextOf(tenantId, jobId, column));
  return { record: sealed('video', record), stills: sealed('video_stills', kept) };
}

export function openRecord(seal: Seal, tenantId: string, jobId: string, sealed: Uint8Array): VideoRecord {
  const opened = seal.open(sealed, contextOf(tenantId, jobId, 'video'));
  return videoRecord.parse(JSON.parse(opened.toString()));
}

export function openStills(seal: Seal, tenantId: string, jobId: string, sealed: Uint8Array): VideoStill[] {
  const opened = seal.open(sealed, contextOf(tenantId, jobId, 'video_stills'));
  const stills = storedStills.parse(JSON.parse(opened.toString()));
  return stills.map(({ index, image }) => ({ index, image: Buffer.from(image, 'base64') }));
}
