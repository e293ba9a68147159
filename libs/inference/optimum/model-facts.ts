import type { GraphSpec, Manifest } from '../models/manifest.js';
import type { FoundGraph } from './inspect-graphs.js';
import type { PullOptions } from './pull-options.js';
import type { Settings } from './read-settings.js';

/** What the parts of a manifest are made from. */
export interface ModelSources {
  settings: Settings;
  /** By role. */
  graphs: Readonly<Record<string, FoundGraph>>;
  options: PullOptions;
}

/** The part of a manifest that depends on the task. */
export interface ModelFacts
  extends
    Pick<Manifest, 'runner' | 'limits'>,
    Partial<
      Pick<
        Manifest,
        'languages' | 'tokenizer' | 'labels' | 'image' | 'windows' | 'noAnswer' | 'derived' | 'decoding'
      >
    > {
  graphs: Record<string, GraphSpec>;
  /** Files that are made here, by name. */
  written?: Readonly<Record<string, string>>;
  /** What whoever pulls it should know, a sentence each. */
  notes: string[];
}
