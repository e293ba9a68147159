import type { UsageRow } from '#core';

const tenants = 20;
const tasks = ['translate', 'answer', 'embed', 'classify-image'] as const;
const startAt = Date.parse('2026-03-01T00:00:00Z');
/** The events of a run lie within this time, so that they fill many hours and two months. */
const spanMs = 45 * 86_400_000;

/** What all events of one tenant and task add up to. */
export interface UsageTotal {
  items: number;
  amount: number;
}

/** Usage event number `index`: always the same one, from whichever process asks. */
export function generatedRow(index: number): UsageRow {
  const task = tasks[index % tasks.length] ?? 'translate';
  const ok = index % 17 !== 0;
  return {
    tenantId: `ten_${index % tenants}`,
    requestId: requestIdOf(index),
    item: index % 3,
    keyId: `key_${index % 40}`,
    task,
    model: ok ? `${task}-model@${1 + (index % 2)}` : '',
    unit: task === 'classify-image' ? 'images' : 'characters',
    amount: ok ? 1 + ((index * 7_919) % 5_000) : 0,
    status: ok ? 'ok' : 'deadline.exceeded',
    ...{ computeMs: 1 + (index % 10) / 8, paddingMs: 0.25, queueMs: 0.5, inferenceMs: 1.5 },
    at: new Date(timeOf(index)),
  };
}

/** The same item, metered again by another worker after a redelivery, a month later by its clock. */
export function redelivered(row: UsageRow): UsageRow {
  return { ...row, at: new Date(row.at.getTime() + 31 * 86_400_000), computeMs: row.computeMs + 1 };
}

/** What a run of so many events must add up to, by `tenant task`. */
export function generatedTotals(events: number): Map<string, UsageTotal> {
  const totals = new Map<string, UsageTotal>();
  for (let index = 0; index < events; index++) {
    const { tenantId, task, amount } = generatedRow(index);
    const sum = totals.get(`${tenantId} ${task}`) ?? { items: 0, amount: 0 };
    totals.set(`${tenantId} ${task}`, { items: sum.items + 1, amount: sum.amount + amount });
  }
  return totals;
}

function timeOf(index: number): number {
  return startAt + ((index * 104_729) % spanMs);
}

/** As a gateway makes them: a UUIDv7 of the request's moment. */
function requestIdOf(index: number): string {
  const time = (timeOf(index) - 1_000).toString(16).padStart(12, '0');
  return `req_${time}7000${index.toString(16).padStart(16, '0')}`;
}
