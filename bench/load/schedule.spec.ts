import { describe, expect, it } from '@jest/globals';
import { readProfile } from './profile.js';
import { schedule } from './schedule.js';

const profile = readProfile('mixed');
const callers = new Map(profile.tenants.map(({ name }) => [name, { url: '', apiKey: name }]));
const requests = schedule(profile, callers, 1_000);

describe('the schedule of a step', () => {
  it('holds tenants and tasks in the shares of the profile', () => {
    const part = (matches: (request: (typeof requests)[number]) => boolean) =>
      requests.filter(matches).length / requests.length;
    for (const { name, share } of profile.tenants)
      expect(part(({ tenant }) => tenant === name)).toBeCloseTo(share, 1);
    for (const [name, share] of Object.entries(profile.mix))
      expect(part(({ task }) => task === name)).toBeCloseTo(share ?? 0, 1);
  });

  it('asks with the key of the tenant, and the same in every run', () => {
    expect(requests.every(({ caller, tenant }) => caller.apiKey === tenant)).toBe(true);
    expect(schedule(profile, callers, 1_000)).toEqual(requests);
  });
});

describe('a profile', () => {
  it('is found by its name, and the names are told to whoever mistypes one', () => {
    expect(() => readProfile('../profile')).toThrow(/mixed/);
  });
});
