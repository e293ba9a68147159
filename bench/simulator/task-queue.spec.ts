import { describe, expect, it } from '@jest/globals';
import { clusterReleaseWindowMs, maxDispatchMs } from '#scheduling';
import { TaskQueue } from './task-queue.js';
import { VirtualTime } from './virtual-time.js';
import type { Parcel } from './worker-pod.js';

const costMs = 5;

function queueOf(engines: number, rows: number, deadlineAt = 1_000) {
  const time = new VirtualTime();
  let expired = 0;
  const queue = new TaskQueue({ time, costMs, maxBacklogMsPerEngine: 10_000, onExpired: () => expired++ });
  queue.resize(engines);
  for (let row = 0; row < rows; row++) {
    queue.push(rowOf('one', deadlineAt));
  }
  return { time, queue, expired: () => expired };
}

function rowOf(tenantId: string, deadlineAt: number) {
  return { tenantId, weight: 1, model: 'm', length: 1, deadlineAt, payload: { arrivedAt: 0, costMs } };
}

function sizes(parcels: readonly Parcel[]): number[] {
  return parcels.map(({ length }) => length);
}

describe('the lists of a task', () => {
  it('release jobs alone while engines may be idle, then in parcels of a dispatch, up to the window', () => {
    const { queue } = queueOf(2, 1_000);
    const released = sizes(queue.release());
    const alone = (2 * maxDispatchMs) / costMs;
    expect(released.slice(0, alone)).toEqual(Array.from({ length: alone }, () => 1));
    expect(new Set(released.slice(alone))).toEqual(new Set([maxDispatchMs / costMs]));
    const rows = released.reduce((sum, size) => sum + size, 0);
    expect(rows * costMs).toBe(2 * clusterReleaseWindowMs);
  });

  it('wait, once the window is full, until there is room for a parcel', () => {
    const { queue } = queueOf(2, 1_000);
    const rows = queue.release().flat();
    const settle = (count: number) => {
      for (const row of rows.splice(0, count)) queue.settle(row, costMs);
    };
    settle(maxDispatchMs / costMs - 1);
    expect(queue.release()).toEqual([]);
    settle(1);
    expect(sizes(queue.release())).toEqual([maxDispatchMs / costMs]);
  });

  it('take nobody who would wait in vain, once it is known how fast they drain', () => {
    const { time, queue } = queueOf(1, 1_500, 60_000);
    const rows = queue.release().flat();
    for (let ms = 100; ms <= 3_000; ms += 100) {
      time.run(ms);
      for (const row of rows.splice(0, 100 / costMs)) queue.settle(row, costMs);
      rows.push(...queue.release().flat());
    }
    const waitsMs = queue.waitingMs;
    expect(queue.push(rowOf('one', time.now() + waitsMs / 2))).toBe(false);
    expect(queue.push(rowOf('one', time.now() + waitsMs * 2))).toBe(true);
    expect(queue.push(rowOf('other', time.now() + waitsMs / 2))).toBe(true);
  });

  it('release nothing that has expired, and nothing while there are no engines', () => {
    const { time, queue, expired } = queueOf(0, 3);
    expect(queue.release()).toEqual([]);
    time.run(1_000);
    queue.resize(1);
    expect(queue.release()).toEqual([]);
    expect(expired()).toBe(3);
    expect(queue.waitingMs).toBe(0);
  });
});
