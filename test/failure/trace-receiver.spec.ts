import { afterEach, describe, expect, it } from '@jest/globals';
import { OtlpReceiver, ServerProcess } from '#testing';
import { ask } from './translate-client.js';

const calls = 40;
/** How long one export may take here; a stop that takes far less has not waited for it. */
const exportTimeoutMs = 60_000;
const stopWithinMs = 10_000;

describe('a trace receiver in trouble', () => {
  let server: ServerProcess | undefined;
  let receiver: OtlpReceiver | undefined;
  afterEach(async () => {
    await server?.stop();
    await receiver?.stop().catch(() => undefined);
  });

  it.each([
    ['is down', false],
    ['accepts everything and answers nothing', true],
  ])(
    'that %s fails no request, and keeps no server from stopping',
    async (_, listens) => {
      receiver = await OtlpReceiver.start({ answers: false });
      // Room for far fewer spans than the requests make: what is beyond it must be dropped, not kept or waited for.
      const settings = {
        ...receiver.settings,
        OTEL_BSP_MAX_QUEUE_SIZE: '16',
        OTEL_EXPORTER_OTLP_TIMEOUT: String(exportTimeoutMs),
      };
      if (!listens) await receiver.stop();
      server = await ServerProcess.start(settings);
      const { pid } = server;
      const target = server;
      const answers = await Promise.all(
        Array.from({ length: calls }, (__, i) => ask(target, `Train number ${i} is late.`)),
      );
      expect(answers).toHaveLength(calls);
      const signalledAt = performance.now();
      await server.end('SIGTERM');
      expect(performance.now() - signalledAt).toBeLessThan(stopWithinMs);
      expect(() => process.kill(pid, 0)).toThrow();
      // One export was under way all the time; the rest waited in the buffer, or was dropped.
      expect(receiver.exports).toBeLessThanOrEqual(listens ? 2 : 0);
    },
    60_000,
  );
});
