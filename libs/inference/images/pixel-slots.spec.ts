import { describe, expect, it } from '@jest/globals';
import { PixelSlots } from './pixel-slots.js';

const never = new AbortController().signal;
const photo = 2 ** 20;
/** Photos of a megabyte that fit side by side. */
const most = 32;

/** What of these is lent by now. */
async function lentOf(orders: readonly Promise<unknown>[]): Promise<number> {
  let lent = 0;
  for (const order of orders)
    order.then(
      () => lent++,
      () => undefined,
    );
  await new Promise(setImmediate);
  return lent;
}

describe('PixelSlots', () => {
  it('gives memory to one picture at a time, and again when it is given back', async () => {
    const slots = new PixelSlots();
    const [first] = await slots.take(1, 300, never);
    const [second] = await slots.take(1, 300, never);
    expect(second?.buffer).not.toBe(first?.buffer);
    slots.give(first === undefined ? [] : [first]);
    const [third] = await slots.take(1, 300, never);
    expect(third?.buffer).toBe(first?.buffer);
  });

  it('gives memory of the size asked for, for every part of a picture', async () => {
    const slots = new PixelSlots();
    slots.give(await slots.take(1, 300, never));
    const parts = await slots.take(3, 200, never);
    expect(parts.map(({ length }) => length)).toEqual([200, 200, 200]);
    expect(new Set(parts.map(({ buffer }) => buffer)).size).toBe(3);
  });

  it('lends 32 MB at most, in order of arrival, and keeps as much', async () => {
    const slots = new PixelSlots();
    const orders = Array.from({ length: 40 }, () => slots.take(1, photo, never));
    expect(await lentOf(orders)).toBe(most);
    const taken = (await Promise.all(orders.slice(0, most))).flat();
    slots.give(taken);
    expect(await lentOf(orders)).toBe(40);
    const again = (await Promise.all(orders.slice(most))).flat();
    expect(again.every(({ buffer }) => taken.some((slot) => slot.buffer === buffer))).toBe(true);
    slots.give(again);
    expect(slots.lentBytes).toBe(0);
  });

  it('lets nothing smaller pass what waits, and lends what is larger than the bound alone', async () => {
    const slots = new PixelSlots();
    const small = await slots.take(1, photo, never);
    const large = slots.take(most + 1, photo, never);
    const next = slots.take(1, photo, never);
    expect(await lentOf([large, next])).toBe(0);
    slots.give(small);
    expect(await lentOf([large, next])).toBe(1);
    slots.give(await large);
    expect(await next).toHaveLength(1);
  });

  it('forgets who went away while waiting, and those behind need not wait for them', async () => {
    const slots = new PixelSlots();
    const gone = new AbortController();
    const held = await slots.take(most - 1, photo, never);
    const leaving = slots.take(2, photo, gone.signal);
    const next = slots.take(1, photo, never);
    expect(await lentOf([next])).toBe(0);
    gone.abort();
    await expect(leaving).rejects.toMatchObject({ code: 'request.cancelled' });
    await expect(slots.take(2, photo, gone.signal)).rejects.toMatchObject({ code: 'request.cancelled' });
    slots.give(await next);
    slots.give(held);
    expect(slots.lentBytes).toBe(0);
  });

  it('lends what was forfeited to nobody, and its room to the next', async () => {
    const slots = new PixelSlots();
    const forfeited = await slots.take(most, photo, never);
    const next = slots.take(most, photo, never);
    slots.forfeit(forfeited);
    const taken = await next;
    expect(taken.some(({ buffer }) => forfeited.some((slot) => slot.buffer === buffer))).toBe(false);
  });

  it('is bounded: past 512 that wait it refuses and says when to come back', async () => {
    const slots = new PixelSlots();
    const held = await slots.take(most, photo, never);
    const waiting = Array.from({ length: 512 }, () => slots.take(1, 1, never));
    await expect(slots.take(1, 1, never)).rejects.toMatchObject({
      code: 'overloaded',
      facts: { limit: { value: 512 }, retryAfterS: 1 },
    });
    slots.give(held);
    expect(await Promise.all(waiting)).toHaveLength(512);
  });
});
