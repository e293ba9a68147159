import { z } from 'zod';
import { videoView } from '#contracts';

/** `GET /v1/videos/:id` */
export const videoReply = videoView.extend({ requestId: z.string() }).meta({ id: 'VideoReply' });
