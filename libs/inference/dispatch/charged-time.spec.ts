import { describe, expect, it } from '@jest/globals';
import { modelsDirectory } from '#testing';
import { everyCoreWanted, processCpuMs, tickMs } from '../testing/contention.js';
import { InferenceHarness } from '../testing/inference.harness.js';

const name = 'efficientnet-lite0';
const rows = 20;
const atMostRows = 200;

describe('what rows are charged', () => {
  it('is the processor time of their runs, whatever else the cores are given to meanwhile', async () => {
    const harness = await InferenceHarness.start(modelsDirectory(name), [name]);
    try {
      await using contention = everyCoreWanted();
      expect(contention.threads).toBeGreaterThan(1);
      const [pid = 0] = harness.pids;
      const cpuBefore = processCpuMs(pid);
      let charged = 0;
      let wallMs = 0;
      let cpuMs = 0;
      for (let i = 0; i < rows || (wallMs < 2 * cpuMs && i < atMostRows); i++) {
        const pixels = new Uint8Array(224 * 224 * 3).fill(i);
        const { timings } = await harness.ask(name, { pixels });
        charged += timings.computeMs;
        wallMs += timings.inferenceMs;
        cpuMs = processCpuMs(pid) - cpuBefore;
      }
      expect(wallMs).toBeGreaterThan(1.5 * cpuMs);
      expect(charged).toBeGreaterThan(0.8 * cpuMs);
      expect(charged).toBeLessThan(cpuMs + tickMs);
    } finally {
      await harness.close();
    }
  }, 120_000);
});
