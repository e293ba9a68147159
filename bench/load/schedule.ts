import { poissonArrivals } from '../http/arrivals.js';
import type { Caller } from '../http/post.js';
import type { Sending } from '../http/send-on-time.js';
import { drawByShare, seeded } from '../random.js';
import { workloads } from '../workloads.js';
import type { Profile } from './profile.js';

export interface Scheduled extends Sending {
  tenant: string;
  task: string;
}

/** Each task's bodies as they go over the wire, encoded once. */
const encoded = new Map(
  workloads.map(({ task, path, bodies }) => [
    task,
    { path, bodies: bodies.map((body) => Buffer.from(JSON.stringify(body))) },
  ]),
);

/** A step's requests, at random moments, tenants and tasks, and the same in every run. */
export function schedule(
  { tenants, mix, ramp }: Pick<Profile, 'tenants' | 'mix' | 'ramp'>,
  callers: ReadonlyMap<string, Caller>,
  perSecond: number,
): Scheduled[] {
  const drawTenant = drawByShare(tenants.map(({ name, share }) => [name, share] as const));
  const drawTask = drawByShare(Object.entries(mix).map(([task, share]) => [task, share ?? 0] as const));
  const random = seeded(2);
  return poissonArrivals(perSecond, ramp.settleSeconds + ramp.measureSeconds).map((dueMs, index) => {
    const [tenant, task] = [drawTenant(random()), drawTask(random())];
    const [caller, asked] = [callers.get(tenant), encoded.get(task)];
    const body = asked?.bodies[index % asked.bodies.length];
    if (caller === undefined || asked === undefined || body === undefined)
      throw new Error(`nothing to ask: ${tenant}, ${task}`);
    return { dueMs, caller, path: asked.path, body, tenant, task };
  });
}
