import { describe, expect, it } from '@jest/globals';
import { PixelSlots } from './pixel-slots.js';

describe('PixelSlots', () => {
  it('gives memory to one picture at a time, and again when it is given back', () => {
    const slots = new PixelSlots();
    const first = slots.take(300);
    const second = slots.take(300);
    expect(second.buffer).not.toBe(first.buffer);
    slots.give(first);
    expect(slots.take(300).buffer).toBe(first.buffer);
  });

  it('gives memory of the size asked for', () => {
    const slots = new PixelSlots();
    slots.give(slots.take(300));
    expect(slots.take(200)).toHaveLength(200);
  });

  it('keeps 32 MB of free memory at most', () => {
    const slots = new PixelSlots();
    const photo = 2 ** 20;
    const taken = Array.from({ length: 40 }, () => slots.take(photo));
    for (const slot of taken) slots.give(slot);
    const again = Array.from({ length: 40 }, () => slots.take(photo));
    expect(again.filter(({ buffer }) => taken.some((slot) => slot.buffer === buffer))).toHaveLength(32);
  });
});
