import { inspectionProfileQuery, pageQuery } from '#contracts';
import {
  inspectionBody,
  inspectionReply,
  profileBody,
  profileChangeBody,
  profileListReply,
  profileReply,
} from '../views/inspection.views.js';
import { maxFileBodyBytes } from '../views/limits.js';
import { image, inference, keyed, withBody, type Endpoint } from './endpoint.types.js';

const reads = { tag: 'inspection', scope: 'inspection-profiles:read' } as const;
const writes = { tag: 'inspection', scope: 'inspection-profiles:write' } as const;

/** Inspection, and the profiles that it goes by. */
export const inspectionEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/v1/images/inspect',
    operationId: 'inspectImage',
    summary: 'Inspect a picture by a profile: verdict, findings, measurements, report',
    tag: 'inspection',
    scope: 'inspect-image',
    bodyLimitBytes: maxFileBodyBytes,
    errors: [...inference, ...image, 'resource.not_found', 'resource.conflict'],
    body: inspectionBody,
    idempotent: true,
    deadline: true,
    reply: inspectionReply,
  },
  {
    method: 'POST',
    path: '/v1/inspection-profiles',
    operationId: 'createInspectionProfile',
    summary: 'Create an inspection profile',
    ...writes,
    errors: [...withBody, 'resource.conflict', 'overloaded'],
    body: profileBody,
    status: 201,
    reply: profileReply,
  },
  {
    method: 'GET',
    path: '/v1/inspection-profiles',
    operationId: 'inspectionProfiles',
    summary: 'The inspection profiles of this tenant, newest first',
    ...reads,
    errors: [...keyed, 'request.invalid', 'overloaded'],
    query: pageQuery,
    reply: profileListReply,
  },
  {
    method: 'GET',
    path: '/v1/inspection-profiles/:id',
    operationId: 'inspectionProfile',
    summary: 'An inspection profile, the latest version or one before',
    ...reads,
    errors: [...keyed, 'request.invalid', 'resource.not_found', 'overloaded'],
    query: inspectionProfileQuery,
    reply: profileReply,
  },
  {
    method: 'PATCH',
    path: '/v1/inspection-profiles/:id',
    operationId: 'changeInspectionProfile',
    summary: 'Make the next version of a profile; what is left out stays',
    ...writes,
    errors: [...withBody, 'resource.not_found', 'resource.conflict', 'overloaded'],
    body: profileChangeBody,
    reply: profileReply,
  },
  {
    method: 'DELETE',
    path: '/v1/inspection-profiles/:id',
    operationId: 'archiveInspectionProfile',
    summary: 'Archive a profile: it inspects nothing more, its versions can still be read',
    ...writes,
    errors: [...keyed, 'resource.not_found', 'overloaded'],
    reply: profileReply,
  },
];
