import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { answer, embed, segmentImage, tasks } from '#tasks';
import { signatureOf } from './signature.js';

const shapes = (tensors: readonly { name: string; datatype: string; shape: number[] }[]) =>
  Object.fromEntries(tensors.map(({ name, datatype, shape }) => [name, `${datatype} ${shape.join()}`]));

describe('The tensors of a task', () => {
  it.each(tasks.map((task) => [task.id, task] as const))('follow from the contract of %s', (_, task) => {
    const { inputs, outputs } = signatureOf(task).metadata;
    const names = Object.keys(task.input.shape).filter((name) => name !== 'model');
    expect(inputs.map(({ name }) => name)).toEqual(names);
    expect(outputs.at(-1)).toEqual({ name: 'error', datatype: 'BYTES', shape: [-1] });
    expect(new Set(outputs.map(({ name }) => name)).size).toBe(outputs.length);
  });

  it('have a list as rows where its members are items, and inside a row where they are not', () => {
    expect(shapes(signatureOf(embed).metadata.inputs)).toMatchObject({ text: 'BYTES -1' });
    expect(shapes(signatureOf(answer).metadata.inputs)).toMatchObject({ context: 'BYTES -1,-1' });
  });

  it('have a tensor for each field of a list of objects, and JSON for what has no one size', () => {
    expect(shapes(signatureOf(segmentImage).metadata.outputs)).toMatchObject({
      width: 'INT32 -1',
      'regions.count': 'INT32 -1',
      'regions.score': 'FP32 -1,-1',
      'regions.box': 'FP32 -1,-1,4',
      'regions.polygons': 'BYTES -1,-1',
      cutOut: 'BYTES -1',
    });
  });

  it('are refused at the start where a contract takes what no tensor can hold', () => {
    const nested = { ...embed, id: 'nested', input: z.object({ text: z.array(z.array(z.string())) }) };
    expect(() => signatureOf({ ...embed, ...nested })).toThrow('nested: no tensor can hold text');
  });
});
