/**
 * limits: whether a tenant may have what it asks for, by cost.
 *
 * Owns: rate, concurrency, quota and budget of a tenant; what is held of them while work is under way, and how the counters
 * come back from the usage log; the adapters in memory and on Redis with one conformance suite.
 * Refuses: who the tenant is and what its plan says (core), what was used (the usage log), whether the machines have room
 * (the queue), headers and status codes (transport).
 */
export { limitTenants, type LimitTenantsOptions } from './limit-tenants.js';
export { LimitStore } from './limit.store.js';
export { MemoryLimitStore } from './memory-limit.store.js';
export { PlanAdmission, type LimitsObserver, type PlanAdmissionOptions } from './plan-admission.js';
export { RedisLimitStore } from './redis/redis-limit.store.js';
