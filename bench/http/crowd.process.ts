import { z } from 'zod';
import { workloads } from '../workloads.js';
import { closedLoop } from './closed-loop.js';
import { askInTurn } from './create-tenant.js';
import type { Crowd } from './crowd.js';

const crowd = z.object({
  urls: z.array(z.string()),
  apiKey: z.string(),
  task: z.string(),
  clients: z.number(),
  seconds: z.number(),
}) satisfies z.ZodType<Crowd>;

/** `crowd.process.js CROWD`: a crowd as JSON, at work until its time is over. Says so when it begins. */
const { urls, apiKey, task, clients, seconds } = crowd.parse(JSON.parse(process.argv[2] ?? ''));
const workload = workloads.find((each) => each.task === task);
if (workload === undefined) throw new Error(`no workload ${task}`);
process.stdout.write('begun\n');
await closedLoop(askInTurn(urls, apiKey), workload, clients, seconds, { mayRefuse: true });
