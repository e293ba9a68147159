import {
  inferReply,
  inferRequest,
  modelReady,
  serverLive,
  serverReady,
  tensorModel,
  tensorServer,
} from '../open-inference/infer.messages.js';
import { maxFileBodyBytes } from '../views/limits.js';
import { image, inference, keyed, type Endpoint } from './endpoint.types.js';

const tag = 'open inference';

/** A model, in whichever version serves it or in a certain one. */
function modelEndpoints(path: string, suffix: string): Endpoint[] {
  const ofModel = [...keyed, 'resource.not_found', 'service.draining'] as const;
  return [
    {
      method: 'GET',
      path,
      operationId: `tensorModel${suffix}`,
      summary: 'The tensors that a task or a model takes and gives',
      tag,
      errors: ofModel,
      reply: tensorModel,
    },
    {
      method: 'GET',
      path: `${path}/ready`,
      operationId: `tensorModel${suffix}Ready`,
      summary: 'Whether a task or a model takes work',
      tag,
      errors: [...ofModel, 'engine.unavailable'],
      reply: modelReady,
    },
    {
      method: 'POST',
      path: `${path}/infer`,
      operationId: `tensorModel${suffix}Infer`,
      summary:
        'Ask a task or a model in tensors: JSON, or JSON and binary tensors as docs/open-inference.md says',
      tag,
      bodyLimitBytes: maxFileBodyBytes,
      errors: [...inference, ...image, 'resource.not_found', 'auth.missing_scope'],
      body: inferRequest,
      idempotent: true,
      deadline: true,
      reply: inferReply,
    },
  ];
}

/** The Open Inference Protocol, version 2; its addresses are the protocol's. */
export const openInferenceEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/v2',
    operationId: 'tensorServer',
    summary: 'Name, version and extensions of this server, in the Open Inference Protocol',
    tag,
    public: true,
    errors: [],
    reply: tensorServer,
  },
  {
    method: 'GET',
    path: '/v2/health/live',
    operationId: 'tensorServerLive',
    summary: 'The process answers',
    tag,
    public: true,
    errors: [],
    reply: serverLive,
  },
  {
    method: 'GET',
    path: '/v2/health/ready',
    operationId: 'tensorServerReady',
    summary: 'Every model is warm and the server takes work',
    tag,
    public: true,
    errors: ['engine.unavailable', 'service.draining'],
    reply: serverReady,
  },
  ...modelEndpoints('/v2/models/:name', ''),
  ...modelEndpoints('/v2/models/:name/versions/:version', 'Version'),
];

/** Whether a URL is one of the protocol, also where nothing is served. */
export function isOpenInference(url: string): boolean {
  return /^\/v2(?:[/?]|$)/.test(url);
}
