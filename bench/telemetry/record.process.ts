import { setTimeout as sleep } from 'node:timers/promises';
import { loadServeConfig } from '#config';
import { systemClock } from '#kernel';
import { createLogger, startTelemetry } from '#telemetry';

/**
 * Records what a translation that shares its batch with seven others makes telemetry record, over and over, exports it,
 * and prints the CPU time of one in microseconds. No engine and no HTTP: the cost alone, hardly touched by what else
 * the machine does. Argument: how many are counted, after half as many that are not.
 */
const requests = Number(process.argv[2]);
const warmUp = requests / 2;
const batchRows = 8;
/** Between two pauses in which exports leave, so that none is dropped: a dropped span costs next to nothing. */
const chunk = 20;
const pauseMs = 2;

const logger = createLogger({ name: 'bench', level: 'warn' });
const { telemetry: settings } = loadServeConfig();
const telemetry = await startTelemetry(settings, { name: 'bench', version: '0' }, logger);
const { traces } = telemetry;
const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const requestId = 'req_01a20f18d27972ff9385485998c518da';
const [task, model, route] = ['translate', 'translate-en-pt@1', '/v1/translate'];
const openBatch = () => traces.batch({ model, enginePid: process.pid, sentAt: systemClock.now() - 30 });
let batch = openBatch();

await record(warmUp);
const before = process.cpuUsage();
await record(requests);
await telemetry.close();
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify((user + system) / requests));

async function record(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    recordOne(i % batchRows === 0);
    if (i % chunk === 0) await sleep(pauseMs);
  }
}

function recordOne(endsBatch: boolean): void {
  const request = traces.request({ method: 'POST', route, path: route, requestId, headers: { traceparent } });
  if (request !== undefined) logger.child(request.logFields);
  telemetry.jobTaken({ task, waitMs: 0.7 });
  const submittedAt = systemClock.now() - 1.5;
  const job = traces.job({ requestId, task, items: [''], submittedAt, ...request?.carrier });
  if (job !== undefined && batch !== undefined) {
    batch.linkTo(job.reference);
    job.linkTo(batch.reference);
  }
  telemetry.rowTaken({ model, waitMs: 1.3 });
  if (endsBatch) endBatch();
  job?.answered({ model, batchMs: 1.3, encodeMs: 0.41, inferenceMs: 29.87, decodeMs: 0.43, errors: [] });
  telemetry.itemDone({ task, model, unit: 'characters', amount: 28, outcome: 'ok' });
  telemetry.httpRequest({ route, status: 200, durationMs: 34.2 });
  request?.end(200);
}

function endBatch(): void {
  const run = { rows: batchRows, length: 12.4, paddingRatio: 0.021, predictedMs: 27.64 };
  telemetry.engineRan({ ...run, model, tokens: 97, observedMs: 26.1 });
  batch?.answered({ ...run, ms: 26.1, startedAt: systemClock.now() - 28 });
  batch = openBatch();
}
