import type { EngineConfig } from '#config';
import type { ModelCatalogue, ModelHandle } from '#inference';
import { StartupError } from '#process';
import { nameMatcher } from './match-names.js';

/** A server elsewhere, and what runs there. */
export interface RemotePlace {
  server: string;
  models: ModelHandle[];
  /** Names of models here, with their path there where it is another. */
  paths: Map<string, string>;
  /** That it is to see with every request. */
  headers: Record<string, string>;
}

/** Where every model runs. */
export interface Placement {
  local: ModelHandle[];
  remote: RemotePlace[];
}

/** Those of the names that some rule places on a server. */
export function namesElsewhere(names: readonly string[], rules: EngineConfig['remote']['models']): string[] {
  const matchers = rules.map(({ pattern }) => nameMatcher(pattern));
  return names.filter((name) => matchers.some((matches) => matches(name)));
}

/**
 * Sorts models by where they run. What decodes step by step stays here: a round trip for every token of every sentence
 * would cost more than the step.
 * @throws StartupError naming every rule that fits no model, two rules of one model, models that cannot be remote, and
 * servers of headers that no rule names
 */
export function placeModels(
  catalogue: ModelCatalogue,
  rules: EngineConfig['remote']['models'],
  headers: EngineConfig['remote']['headers'] = [],
): Placement {
  const problems: string[] = [];
  const local: ModelHandle[] = [];
  const remote = new Map<string, RemotePlace>();
  const matchers = rules.map((rule) => ({ ...rule, matches: nameMatcher(rule.pattern) }));
  for (const { pattern, matches } of matchers)
    if (!catalogue.list().some(({ name }) => matches(name)))
      problems.push(`this worker serves no model named ${pattern}`);
  for (const model of catalogue.list()) {
    const [rule, second] = matchers.filter(({ matches }) => matches(model.name));
    const { runner } = model.manifest;
    if (rule === undefined) local.push(model);
    else if (second !== undefined) problems.push(`${model.name} fits ${rule.pattern} and ${second.pattern}`);
    else if (runner !== 'single-pass')
      problems.push(`${model.name} decodes step by step (${runner}) and can only run here`);
    else {
      const { server, path } = rule;
      const place = remote.get(server) ?? {
        server,
        models: [],
        paths: new Map<string, string>(),
        headers: headersOf(headers, server),
      };
      remote.set(server, place);
      place.models.push(model);
      if (path !== undefined) place.paths.set(model.name, path);
    }
  }
  const strangers = new Set(headers.map(({ server }) => server)).difference(
    new Set(rules.map(({ server }) => server)),
  );
  const all = [
    ...problems.map((each) => `REMOTE_MODELS: ${each}`),
    ...[...strangers].map((server) => `REMOTE_HEADERS: no rule of REMOTE_MODELS names ${server}`),
  ];
  if (all.length > 0) throw new StartupError(all.join('\n'));
  return { local, remote: [...remote.values()] };
}

function headersOf(headers: EngineConfig['remote']['headers'], server: string): Record<string, string> {
  const own = headers.filter((each) => each.server === server);
  return Object.fromEntries(own.map(({ name, value }) => [name, value]));
}
