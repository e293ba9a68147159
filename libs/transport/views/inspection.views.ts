import { z } from 'zod';
import {
  inspection,
  inspectionProfileChange,
  inspectionProfileList,
  inspectionProfileQuery,
  inspectionProfileRequest,
  inspectionProfileView,
  inspectionRequest,
  usageAmount,
} from '#contracts';
import { jobArgs } from '../graphql/job.fields.js';

const requestId = { requestId: z.string() };

/** `POST /v1/inspection-profiles`, `PATCH /v1/inspection-profiles/:id` */
export const profileBody = inspectionProfileRequest.meta({ id: 'InspectionProfileRequest' });
export const profileChangeBody = inspectionProfileChange.meta({ id: 'InspectionProfileChange' });

export const profileReply = inspectionProfileView.extend(requestId).meta({ id: 'InspectionProfileReply' });

/** `GET /v1/inspection-profiles` */
export const profileListReply = inspectionProfileList
  .extend(requestId)
  .meta({ id: 'InspectionProfileListReply' });

/** `POST /v1/images/inspect` */
export const inspectionBody = inspectionRequest.meta({ id: 'InspectionRequest' });
export const inspectionReply = inspection
  .extend({
    ...requestId,
    model: z.string().describe('`name@revision` that found'),
    usage: usageAmount,
  })
  .meta({ id: 'InspectImageReply' });

/** Arguments of GraphQL fields. */
export const profileArgs = jobArgs.extend(inspectionProfileQuery.shape);
export const profileChangeArgs = jobArgs.extend(inspectionProfileChange.shape);
