import { afterEach, describe, expect, it } from '@jest/globals';
import { OtlpReceiver, ServerProcess } from '#testing';
import { ask } from './translate-client.js';

const calls = 40;
/** How long one export may take here; a stop that takes far less has not waited for it. */
const exportTimeoutMs = 60_000;
const stopWithinMs = 10_000;

describe('a trace receiver that accepts everything and answers nothing', () => {
  let server: ServerProcess | undefined;
  let receiver: OtlpReceiver | undefined;
  afterEach(async () => {
    await server?.stop();
    await receiver?.stop();
  });

  it('fails no request, and keeps no server from stopping', async () => {
    receiver = await OtlpReceiver.start({ answers: false });
    // Room for far fewer spans than the requests make: what is beyond it must be dropped, not kept or waited for.
    const target = await ServerProcess.start({
      ...receiver.settings,
      OTEL_BSP_MAX_QUEUE_SIZE: '16',
      OTEL_EXPORTER_OTLP_TIMEOUT: String(exportTimeoutMs),
    });
    server = target;
    const answers = await Promise.all(
      Array.from({ length: calls }, (_, i) => ask(target, `Train number ${i} is late.`)),
    );
    expect(answers).toHaveLength(calls);
    const signalledAt = performance.now();
    await target.end('SIGTERM');
    expect(performance.now() - signalledAt).toBeLessThan(stopWithinMs);
    expect(() => process.kill(target.pid, 0)).toThrow();
    // One export was under way all the time; the rest waited in the buffer, or was dropped.
    expect(receiver.exports).toBeLessThanOrEqual(2);
  }, 60_000);
});
