import { videoQuery } from '#contracts';
import { maxVideoBodyBytes } from '../views/limits.js';
import { linesMediaType } from '../views/media-types.js';
import { submittedJobReply } from '../views/job.views.js';
import { videoReply } from '../views/video.views.js';
import { keyed, withBody, type Endpoint } from './endpoint.types.js';

const reads = { method: 'GET', tag: 'videos', scope: 'jobs:read' } as const;
const ofOne = [...keyed, 'resource.not_found', 'overloaded'] as const;

/** Videos, each a job that looks at its frames. */
export const videoEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/v1/videos',
    operationId: 'submitVideo',
    summary: 'Submit a video whose frames are looked at in the background, as a job',
    tag: 'videos',
    scope: 'jobs:write',
    bodyLimitBytes: maxVideoBodyBytes,
    errors: [
      ...withBody,
      'video.unsupported_format',
      'video.unreadable',
      'video.truncated',
      'video.too_large',
      'video.too_long',
      'video.unavailable',
      'idempotency.in_flight',
      'idempotency.mismatch',
      'quota.exceeded',
      'overloaded',
      'limits.unavailable',
      'service.draining',
    ],
    query: videoQuery,
    file: 'video/*',
    idempotent: true,
    status: 202,
    reply: submittedJobReply,
  },
  {
    ...reads,
    path: '/v1/videos/:id',
    operationId: 'video',
    summary:
      'What was found in a video so far: each thing, when it came and went, how many of each there were',
    errors: ofOne,
    reply: videoReply,
  },
  {
    ...reads,
    path: '/v1/videos/:id/frames',
    operationId: 'videoFrames',
    summary: 'What was found in each frame of a video so far, as JSON lines',
    errors: ofOne,
    reply: linesMediaType,
  },
  {
    ...reads,
    path: '/v1/videos/:id/contact-sheet',
    operationId: 'videoContactSheet',
    summary: 'Frames of a video side by side, with what was found in them',
    errors: ofOne,
    reply: 'image/jpeg',
  },
];
