/**
 * gateway: the HTTP front of the product.
 *
 * Owns: REST, GraphQL, the API reference, health and metrics, the key guard, every bound on what a client may send.
 * Refuses: models, engines, SQL, Redis: it is handed core's ports and wires them to Fastify. `createGateway` does not
 * listen; the composition decides where and when.
 */
export { createGateway, type GatewayOptions } from './create-gateway.js';
export type { GatewayPorts } from './gateway.module.js';
export { listen } from './listen.js';
export { observeBacklog } from './ops/observe-backlog.js';
export { observeLimits } from './ops/observe-limits.js';
