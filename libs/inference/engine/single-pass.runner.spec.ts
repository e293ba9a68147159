import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { manifestSchema } from '../models/manifest.js';
import type { Graph } from './graph.js';
import type { WarmUpOrder } from './runner.js';
import { SinglePassRunner } from './single-pass.runner.js';

/** A graph whose tokens take as long as they are told, and the shapes that it has run. */
function slowGraph(msPerToken: number) {
  let now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  const shapes: string[] = [];
  const graph: Graph = {
    run: (feeds) => {
      const [rows = 1, length = 1] = Object.values(feeds)[0]?.dims ?? [];
      shapes.push(`${rows}x${length}`);
      const ms = rows * length * msPerToken;
      now += ms;
      return Promise.resolve({ outputs: new Map(), ms, computeMs: ms });
    },
  };
  return { graph, shapes };
}

async function warmUp(
  name: string,
  {
    hasCurve = false,
    msPerToken = 0.1,
    ...order
  }: Partial<WarmUpOrder> & { hasCurve?: boolean; msPerToken?: number },
) {
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(`models/${name}/manifest.json`, 'utf8')));
  const { graph, shapes } = slowGraph(msPerToken);
  const runner = new SinglePassRunner({ ref: name, directory: '', manifest }, graph, hasCurve);
  const samples = await runner.warmUp({ timed: true, budgetMs: 0, endsAt: 30_000, ...order });
  return {
    shapes,
    samples: samples.map(({ rows, length }) => `${rows}x${length}`),
    tookMs: performance.now(),
  };
}

const usual = ['8x16', '1x128', '1x64', '1x16'];
const smallestFirst = ['1x16', '1x64', '1x128', '8x16', '1x256'];

describe('the warm-up of a single pass', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('runs each usual shape once where the curve is known, the largest first and for nothing', async () => {
    const { shapes, samples } = await warmUp('minilm-l6', { hasCurve: true });
    expect(shapes).toEqual(['1x256', ...usual]);
    expect(samples).toEqual(usual);
  });

  it('needs no budget to know what each usual shape costs where the curve is not known', async () => {
    const { shapes, samples } = await warmUp('minilm-l6', {});
    expect(shapes).toEqual([...smallestFirst, ...smallestFirst]);
    expect(samples).toEqual(shapes);
  });

  it('measures the curve in what time it has', async () => {
    const { samples } = await warmUp('minilm-l6', { budgetMs: 60_000 });
    const curve = ['1x16', '2x16', '1x64', '8x16', '1x128', '2x64', '1x256', '2x128', '2x256', '8x64'];
    expect(samples.slice(10).toSorted()).toEqual([...curve, ...curve].toSorted());
  });

  it('runs the largest of each length where another engine times, and tells of none', async () => {
    const { shapes, samples } = await warmUp('minilm-l6', { hasCurve: true, timed: false, budgetMs: 60_000 });
    expect(shapes).toEqual(['1x256', '8x16', '1x128', '1x64']);
    expect(samples).toEqual([]);
  });

  it('knows a batch of pictures from one', async () => {
    const { samples } = await warmUp('cell-nuclei', {});
    expect(samples.map((shape) => shape.split('x')[0])).toEqual(['1', '2', '1', '2']);
  });

  describe.each([
    ['of 10 s a run', 10_000 / 256, [...smallestFirst, '1x16', '1x64']],
    ['of a run that takes longer than a start may', 70_000 / 256, ['1x16', '1x64', '1x16']],
    ['of which one run fits', 20_000 / 16, ['1x16']],
  ])('of a model %s', (_, msPerToken, expected) => {
    it('is over in time and knows what fitted', async () => {
      const { samples, tookMs } = await warmUp('minilm-l6', { msPerToken, budgetMs: 60_000 });
      expect(samples.slice(0, expected.length)).toEqual(expected);
      expect(tookMs).toBeLessThan(30_000);
    });

    it('is over in time where another engine times', async () => {
      const { shapes, tookMs } = await warmUp('minilm-l6', { msPerToken, timed: false });
      expect(shapes.length).toBeGreaterThan(0);
      expect(tookMs).toBeLessThan(30_000);
    });
  });

  it('leaves out what would end too late where the curve is known, and all of it where that was before', async () => {
    const slow = { hasCurve: true, msPerToken: 10_000 / 256 };
    const late = await warmUp('minilm-l6', { ...slow, endsAt: 16_000 });
    expect(late.shapes).toEqual(['1x256', '8x16', '1x16']);
    const over = await warmUp('minilm-l6', { ...slow, endsAt: 0 });
    expect(over.shapes).toEqual([]);
  });
});
