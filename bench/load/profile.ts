import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { workloads } from '../workloads.js';

/** What is asked, by whom and how much of it: a file of `bench/load/profiles`, so that a run can be named and repeated. */
const folder = join('bench', 'load', 'profiles');

const share = z.number().positive();

const profileFile = z.strictObject({
  description: z.string(),
  tenants: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
        /** Of its fair share, as the server is told. */
        weight: z.number().positive(),
        /** Of the arrivals. */
        share,
      }),
    )
    .min(1)
    .max(16),
  /** Shares of the tasks, the same for every tenant: so requests a second compare tenants fairly. */
  mix: z.partialRecord(z.enum(workloads.map(({ task }) => task)), share),
  ramp: z.strictObject({
    fromPerSecond: z.number().positive(),
    factor: z.number().gt(1).max(4),
    maxSteps: z.int().min(1).max(30),
    /** The end of a step is measured; before it the server settles. */
    settleSeconds: z.number().min(0).max(60),
    measureSeconds: z.number().positive().max(600),
  }),
  /** What counts as good service. */
  target: z.strictObject({ p95Ms: z.number().positive(), errorShare: z.number().min(0).max(1) }),
  bounds: z.strictObject({
    /** The ramp ends before a step that would go beyond. */
    maxRequests: z.int().positive().max(1_000_000),
    /** Requests under way; further ones are not sent and count as errors. */
    maxUnanswered: z.int().positive().max(10_000),
  }),
});

export interface Profile extends z.infer<typeof profileFile> {
  name: string;
}

/** @throws when there is none of that name, or it says what it must not */
export function readProfile(name: string): Profile {
  const names = readdirSync(folder).map((file) => file.replace(/\.json$/, ''));
  if (!names.includes(name)) throw new Error(`--profile is one of ${names.join(', ')}, not ${name}`);
  const text = readFileSync(join(folder, `${name}.json`), 'utf8');
  return { name, ...profileFile.parse(JSON.parse(text)) };
}
