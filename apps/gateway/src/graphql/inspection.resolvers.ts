import { inspectionProfileRequest, inspectionRequest, pageQuery } from '#contracts';
import { assertScope, type InspectImage, type ManageProfiles } from '#core';
import { jobArgs, parseInput, profileArgs, profileChangeArgs, type InspectionResolvers } from '#transport';
import { fieldSubmission } from './field-submission.js';
import type { GraphqlContext } from './graphql.context.js';
import { withoutNulls } from './without-nulls.js';

export interface InspectionUseCases {
  inspections: InspectImage;
  profiles: ManageProfiles;
}

/** The fields of inspection, over the same use cases as REST. */
export function createInspectionResolvers({
  inspections,
  profiles,
}: InspectionUseCases): InspectionResolvers<GraphqlContext> {
  return {
    async inspectImage(args, context, info) {
      assertScope(context.principal, 'inspect-image');
      const request = parseInput(inspectionRequest, withoutNulls(args));
      const { reply } = await inspections.execute({ ...fieldSubmission(context, info), request });
      return reply;
    },
    async inspectionProfile(args, { principal, requestId }) {
      assertScope(principal, 'inspection-profiles:read');
      const { id, version } = parseInput(profileArgs, withoutNulls(args));
      return { ...(await profiles.find(principal.tenantId, id, version)), requestId };
    },
    async inspectionProfiles(args, { principal, requestId }) {
      assertScope(principal, 'inspection-profiles:read');
      const page = parseInput(pageQuery, withoutNulls(args));
      return { ...(await profiles.list(principal.tenantId, page)), requestId };
    },
    async createInspectionProfile(args, { principal, requestId }) {
      assertScope(principal, 'inspection-profiles:write');
      const definition = parseInput(inspectionProfileRequest, withoutNulls(args));
      return { ...(await profiles.create(principal.tenantId, definition)), requestId };
    },
    /** A null is a value here: it takes labels or the scale away. */
    async changeInspectionProfile(args, { principal, requestId }) {
      assertScope(principal, 'inspection-profiles:write');
      const { id, ...change } = parseInput(profileChangeArgs, args);
      return { ...(await profiles.change(principal.tenantId, id, change)), requestId };
    },
    async archiveInspectionProfile(args, { principal, requestId }) {
      assertScope(principal, 'inspection-profiles:write');
      const { id } = parseInput(jobArgs, args);
      return { ...(await profiles.archive(principal.tenantId, id)), requestId };
    },
  };
}
