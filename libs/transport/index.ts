/**
 * transport: how the product's words look on the wire.
 *
 * Owns: errors as problem details and GraphQL errors, parsing of what callers send (strict JSON, forms, headers), the
 * GraphQL schema and the OpenAPI document derived from the contracts, the endpoint catalogue, the documented limits.
 * Refuses: servers, sockets, Nest; the gateway wires what is here to Fastify.
 */
export * from './graphql/document.limits.js';
export * from './graphql/document.rule.js';
export * from './graphql/format-errors.js';
export type { InspectionResolvers } from './graphql/inspection.fields.js';
export { jobArgs, jobUpdatedArgs } from './graphql/job.fields.js';
export * from './graphql/operation.rule.js';
export * from './graphql/schema.js';
export type { VideoResolvers } from './graphql/video.fields.js';
export * from './input/form-body.js';
export * from './input/job-inputs.js';
export * from './input/parse-input.js';
export * from './input/read-lines.js';
export * from './input/request-options.js';
export * from './input/split-lists.js';
export * from './limits/rate-limit.headers.js';
export { readInfer, invalid, type InferBody, type TensorRequest } from './open-inference/read-infer.js';
export { readRows } from './open-inference/read-rows.js';
export { rowsOf, rowsReply } from './open-inference/row.contract.js';
export { signatureOf } from './open-inference/signature.js';
export { toInferError } from './open-inference/to-infer-error.js';
export { checkOutputs, writeInfer, type InferAnswer } from './open-inference/write-infer.js';
export type { TensorModel, TensorServer } from './open-inference/infer.messages.js';
export * from './openapi/document.js';
export * from './openapi/endpoint.catalogue.js';
export type { Endpoint } from './openapi/endpoint.types.js';
export { isOpenInference } from './openapi/open-inference.endpoints.js';
export { readableHeaders } from './openapi/reply.headers.js';
export * from './problem/error.advice.js';
export * from './problem/http-errors.js';
export * from './problem/malformed-json.js';
export * from './problem/to-problem.js';
export { keyListQuery } from './views/admin.views.js';
export * from './views/catalogue.views.js';
export * from './views/estimate.view.js';
export { inspectionReply, profileArgs, profileChangeArgs } from './views/inspection.views.js';
export * from './views/invoice.views.js';
export * from './views/job.views.js';
export * from './views/limits.js';
export * from './views/media-types.js';
export * from './views/usage.csv.js';
