import { beforeAll, describe, expect, it } from '@jest/globals';
import { ModelRepository } from '#inference';
import { modelsDirectory } from '#testing';
import { placeModels } from './place-models.js';

describe('Where models run', () => {
  let models: ModelRepository;
  const names = ['minilm-l6', 'qa-reader', 'translate-en-pt'];
  const place = (...rules: Parameters<typeof placeModels>[1]) => placeModels(models, rules);
  const header = { server: 'http://triton:8000', name: 'authorization', value: 'Bearer hidden' };
  beforeAll(async () => {
    models = await ModelRepository.open(modelsDirectory(...names), { only: names });
  });

  it('is here, but for those that a rule names; models of one server share its engines', () => {
    const server = 'http://triton:8000';
    const path = '/v2/models/reader/versions/2';
    const { local, remote } = place({ pattern: 'mini*', server }, { pattern: 'qa-reader', server, path });
    expect(local.map(({ name }) => name)).toEqual(['translate-en-pt']);
    expect(remote).toHaveLength(1);
    expect(remote[0]?.models.map(({ name }) => name)).toEqual(['minilm-l6', 'qa-reader']);
    expect(remote[0]?.paths).toEqual(new Map([['qa-reader', path]]));
    expect(place().local).toHaveLength(3);
  });

  it('has the headers of its server, and no others', () => {
    const rules = [
      { pattern: 'mini*', server: header.server },
      { pattern: 'qa-*', server: 'http://other' },
    ];
    const { remote } = placeModels(models, rules, [header]);
    expect(remote.map(({ headers }) => headers)).toEqual([{ authorization: 'Bearer hidden' }, {}]);
    expect(() => placeModels(models, [], [header])).toThrow(
      /^REMOTE_HEADERS: no rule of REMOTE_MODELS names http:\/\/triton:8000$/,
    );
  });

  it('is refused with every mistake: no such model, two rules for one, a model that decodes step by step', () => {
    const server = 'http://triton:8000';
    const rules = ['nobody', 'minilm-l6', 'mini*', 'translate-*'].map((pattern) => ({ pattern, server }));
    expect(() => place(...rules)).toThrow(
      [
        'REMOTE_MODELS: this worker serves no model named nobody',
        'REMOTE_MODELS: minilm-l6 fits minilm-l6 and mini*',
        'REMOTE_MODELS: translate-en-pt decodes step by step (encoder-decoder) and can only run here',
      ].join('\n'),
    );
  });
});
