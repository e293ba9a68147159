import type { GraphQLFieldConfig, GraphQLFieldConfigMap, GraphQLResolveInfo } from 'graphql';
import type { z } from 'zod';
import { inspectionProfileRequest, inspectionRequest, pageQuery } from '#contracts';
import {
  inspectionReply,
  profileArgs,
  profileChangeArgs,
  profileListReply,
  profileReply,
} from '../views/inspection.views.js';
import { jobArgs } from './job.fields.js';
import type { ZodTypes } from './zod-types.js';

/** What answers the fields of inspection. */
export interface InspectionResolvers<Context> {
  inspectImage(args: unknown, context: Context, info: GraphQLResolveInfo): Promise<object>;
  inspectionProfile(args: unknown, context: Context): Promise<object>;
  inspectionProfiles(args: unknown, context: Context): Promise<object>;
  createInspectionProfile(args: unknown, context: Context): Promise<object>;
  changeInspectionProfile(args: unknown, context: Context): Promise<object>;
  archiveInspectionProfile(args: unknown, context: Context): Promise<object>;
}

type Fields<Context> = GraphQLFieldConfigMap<unknown, Context>;

/** The fields of inspection. `inspectImage` is a query as the tasks' are: fields side by side share batches. */
export function inspectionFields<Context>(
  types: ZodTypes,
  resolvers: InspectionResolvers<Context> | undefined,
): { query: Fields<Context>; mutation: Fields<Context> } {
  const field = (
    name: keyof InspectionResolvers<Context>,
    description: string,
    args: z.ZodObject,
    reply: z.ZodObject,
  ): GraphQLFieldConfig<unknown, Context> => ({
    type: types.output(reply.optional(), name),
    description,
    args: types.args(args, name),
    ...(resolvers && { resolve: (_, given, context, info) => resolvers[name](given, context, info) }),
  });
  return {
    query: {
      inspectImage: field(
        'inspectImage',
        'Inspect a picture by a profile: verdict, findings, measurements, report',
        inspectionRequest,
        inspectionReply,
      ),
      inspectionProfile: field(
        'inspectionProfile',
        'An inspection profile, the latest version or one before',
        profileArgs,
        profileReply,
      ),
      inspectionProfiles: field(
        'inspectionProfiles',
        'The inspection profiles of this tenant, newest first',
        pageQuery,
        profileListReply,
      ),
    },
    mutation: {
      createInspectionProfile: field(
        'createInspectionProfile',
        'Create an inspection profile',
        inspectionProfileRequest,
        profileReply,
      ),
      changeInspectionProfile: field(
        'changeInspectionProfile',
        'Make the next version of a profile; what is left out stays',
        profileChangeArgs,
        profileReply,
      ),
      archiveInspectionProfile: field(
        'archiveInspectionProfile',
        'Archive a profile: it inspects nothing more, its versions can still be read',
        jobArgs,
        profileReply,
      ),
    },
  };
}
