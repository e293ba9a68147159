import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { manifestSchema } from '../models/manifest.js';
import type { Graph } from './graph.js';
import { SinglePassRunner } from './single-pass.runner.js';

/** A graph whose runs take as long as they are told, and the shapes that it has run. */
function slowGraph() {
  const shapes: string[] = [];
  const graph: Graph = {
    run: (feeds) => {
      shapes.push(Object.values(feeds)[0]?.dims.slice(0, 2).join('x') ?? '');
      return Promise.resolve({ outputs: new Map(), ms: 10, computeMs: 10 });
    },
  };
  return { graph, shapes };
}

async function warmUp(name: string, hasCurve: boolean, order: { timed: boolean; budgetMs: number }) {
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(`models/${name}/manifest.json`, 'utf8')));
  const { graph, shapes } = slowGraph();
  const runner = new SinglePassRunner({ ref: name, directory: '', manifest }, graph, hasCurve);
  const samples = await runner.warmUp(order);
  return { shapes, samples: samples.map(({ rows, length }) => `${rows}x${length}`) };
}

const usual = ['8x16', '1x128', '1x64', '1x16'];

describe('the warm-up of a single pass', () => {
  it('runs each usual shape once where the curve is known, the largest first and for nothing', async () => {
    const { shapes, samples } = await warmUp('minilm-l6', true, { timed: true, budgetMs: 0 });
    expect(shapes).toEqual(['1x256', ...usual]);
    expect(samples).toEqual(usual);
  });

  it('needs no budget to know what each usual shape costs where the curve is not known', async () => {
    const { shapes, samples } = await warmUp('minilm-l6', false, { timed: true, budgetMs: 0 });
    expect(shapes).toEqual(['1x256', '1x256', ...usual]);
    expect(samples).toEqual(['1x256', ...usual]);
  });

  it('measures the curve in what time it has', async () => {
    const { samples } = await warmUp('minilm-l6', false, { timed: true, budgetMs: 60_000 });
    const curve = ['1x16', '2x16', '1x64', '8x16', '1x128', '2x64', '1x256', '2x128', '2x256', '8x64'];
    expect(samples.slice(5).toSorted()).toEqual([...curve, ...curve].toSorted());
  });

  it('runs the largest of each length where another engine times, and tells of none', async () => {
    const { shapes, samples } = await warmUp('minilm-l6', true, { timed: false, budgetMs: 60_000 });
    expect(shapes).toEqual(['1x256', '8x16', '1x128', '1x64']);
    expect(samples).toEqual([]);
  });

  it('knows a batch of pictures from one', async () => {
    const { samples } = await warmUp('cell-nuclei', false, { timed: true, budgetMs: 0 });
    expect(samples.map((shape) => shape.split('x')[0])).toEqual(['2', '1']);
  });
});
