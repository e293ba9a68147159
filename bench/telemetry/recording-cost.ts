import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('./record.process.js', import.meta.url));

/** Settings under which nothing is recorded. */
export const off = { OTEL_SDK_DISABLED: 'true' };

/**
 * CPU time, in microseconds, of what one translation makes telemetry record, in a process of its own.
 * @param count translations that are counted, after half as many that are not
 * @throws when spans were dropped, which would make it look cheap
 */
export async function recordingCostUs(settings: Record<string, string>, count: number): Promise<number> {
  const env = { ...process.env, ...settings, OTEL_BSP_MAX_QUEUE_SIZE: '100000' };
  const { stdout } = await promisify(execFile)(process.execPath, [script, String(count)], { env });
  // A warning that spans were dropped would stand here too.
  if (!/^[\d.]+$/.test(stdout)) throw new Error(stdout);
  return Number(stdout);
}
