import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { modelsDirectory } from '#testing';
import { ModelRepository } from '../models/model-repository.js';
import { checkDevice } from './check-device.js';
import { compareOutputs } from './compare-outputs.js';
import { parsePlacement, workOnCpu } from './parse-placement.js';
import { placeNodes } from './place-nodes.js';

const at = '2026-11-24 19:41:21.033 [V:onnxruntime:, session_state.cc:1377 VerifyEachNodeIsAssignedToAnEp]';

describe('The GPU check', () => {
  it('finds work that was left on the CPU, and lets shapes be', () => {
    const log = [
      `${at} Node placements`,
      `${at}  Node(s) placed on [CPUExecutionProvider]. Number of nodes: 3`,
      `${at}   MatMulInteger (/layer.0/MatMul)`,
      `${at}   MatMulInteger (/layer.1/MatMul)`,
      `${at}   Gather (/Gather)`,
      'something else',
      `${at}  Node(s) placed on [CUDAExecutionProvider]. Number of nodes: 1`,
      `${at}   MatMul (/head/MatMul)`,
    ].join('\n');
    const placements = parsePlacement(log);
    expect(placements.map(({ provider, nodes }) => [provider, nodes])).toEqual([
      ['CPUExecutionProvider', 3],
      ['CUDAExecutionProvider', 1],
    ]);
    expect([...workOnCpu(placements)]).toEqual([['MatMulInteger', 2]]);
  });

  it('reads the log of the onnxruntime that is installed', async () => {
    const graph = join(modelsDirectory('minilm-l6'), 'minilm-l6', 'model.int8.onnx');
    const [placement, ...others] = await placeNodes(graph, 'cpu');
    expect(others).toEqual([]);
    expect(placement?.provider).toBe('CPUExecutionProvider');
    expect(placement?.nodes).toBeGreaterThan(50);
  });

  it('says in onnxruntime’s words why a file cannot be opened', async () => {
    await expect(placeNodes('package.json', 'cpu')).rejects.toThrow(/protobuf|package\.json/i);
  });

  it('calls rows the same only when they are', () => {
    const ids = { output_ids: Int32Array.of(1, 2) };
    const vector = { embedding: Float32Array.of(1, 0) };
    expect(compareOutputs([ids, vector], [ids, vector])).toEqual({ rows: 2, agreeing: 2, lowestCosine: 1 });
    expect(compareOutputs([ids], [{ output_ids: Int32Array.of(1, 3) }]).agreeing).toBe(0);
    expect(compareOutputs([ids], [{}])).toEqual({ rows: 1, agreeing: 0, lowestCosine: -1 });
    const turned = compareOutputs([vector], [{ embedding: Float32Array.of(1, 1) }]);
    expect(turned.agreeing).toBe(0);
    expect(turned.lowestCosine).toBeCloseTo(Math.SQRT1_2);
  });

  it.each(['minilm-l6', 'translate-en-pt', 'efficientnet-lite0'])(
    'runs %s twice through engine hosts and finds that a device agrees with itself',
    async (name) => {
      const [model] = (await ModelRepository.open(modelsDirectory(name), { only: [name] })).list();
      if (model === undefined) throw new Error(`${name} is not there`);
      const check = await checkDevice(model, 'cpu', ['The shop opens at nine.', 'Where is the station?']);
      expect(check).toMatchObject({ agreement: { rows: 2, agreeing: 2, lowestCosine: 1 }, leftOnCpu: [] });
      expect(check.rowsPerSecond.device).toBeGreaterThan(0);
    },
    60_000,
  );
});
