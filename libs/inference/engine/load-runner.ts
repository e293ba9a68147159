import { CachedDecoderRunner } from './cached-decoder.runner.js';
import { measuredCurve } from '../models/measured-curve.js';
import { EncoderDecoderRunner } from './encoder-decoder.runner.js';
import type { LoadedModel } from './engine.messages.js';
import type { Runner } from './runner.js';
import { Session } from './session.js';
import { SinglePassRunner } from './single-pass.runner.js';

/** The runner of a model whose graphs run in this process. */
export async function loadRunner(model: LoadedModel, variant: string): Promise<Runner> {
  switch (model.manifest.runner) {
    case 'single-pass': {
      const hasCurve = measuredCurve(model.manifest, variant).length > 0;
      return new SinglePassRunner(model, await Session.open(model, variant, 'main'), hasCurve);
    }
    case 'encoder-decoder':
      return EncoderDecoderRunner.load(model, variant);
    case 'encoder-decoder-cached':
      return CachedDecoderRunner.load(model, variant);
  }
}
