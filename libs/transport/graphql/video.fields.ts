import type { GraphQLFieldConfigMap } from 'graphql';
import { videoReply } from '../views/video.views.js';
import { jobArgs } from './job.fields.js';
import type { ZodTypes } from './zod-types.js';

/** What answers the field of videos. */
export interface VideoResolvers<Context> {
  video(args: unknown, context: Context): Promise<object>;
}

/** Videos are read here; a file of their size is sent to its own endpoint, as the body. */
export function videoFields<Context>(
  types: ZodTypes,
  resolvers: VideoResolvers<Context> | undefined,
): GraphQLFieldConfigMap<unknown, Context> {
  return {
    video: {
      type: types.output(videoReply.optional(), 'video'),
      description:
        'What was found in a video so far: each thing, when it came and went, how many of each there were',
      args: types.args(jobArgs, 'video'),
      ...(resolvers && { resolve: (_, args, context) => resolvers.video(args, context) }),
    },
  };
}
