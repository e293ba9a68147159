import { assertScope, type BrowseVideos } from '#core';
import { jobArgs, parseInput, type VideoResolvers } from '#transport';
import type { GraphqlContext } from './graphql.context.js';

/** The field of videos, over the same use case as REST. */
export function createVideoResolvers(videos: BrowseVideos): VideoResolvers<GraphqlContext> {
  return {
    async video(args, { principal, requestId }) {
      assertScope(principal, 'jobs:read');
      const { id } = parseInput(jobArgs, args);
      return { ...(await videos.find(principal.tenantId, id)), requestId };
    },
  };
}
