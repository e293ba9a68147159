import { ModelRepository } from '#inference';
import { StartupError } from '#process';
import { nameMatcher } from './match-names.js';

/**
 * Names of the models that the patterns choose. A job is routed by its task alone, so a worker that serves a task must
 * serve all of its models: half of the languages would fail by chance.
 * @throws StartupError naming what no pattern matches, or what is left out of a task that is served
 */
export async function chooseModels(directory: string, patterns: readonly string[]): Promise<string[]> {
  const all = await ModelRepository.describe(directory);
  const matchers = patterns.map((pattern) => ({ pattern, matches: nameMatcher(pattern) }));
  const idle = matchers.filter(({ matches }) => !all.some(({ name }) => matches(name)));
  if (idle.length > 0) {
    const names = idle.map(({ pattern }) => pattern).join(', ');
    throw new StartupError(`WORKER_MODELS: no model in ${directory} is named ${names}`);
  }
  const chosen = all.filter(({ name }) => matchers.some(({ matches }) => matches(name)));
  const tasks = new Set(chosen.map(({ task }) => task));
  const missing = all.filter((model) => tasks.has(model.task) && !chosen.includes(model));
  if (missing.length > 0) {
    const names = missing.map(({ name, task }) => `${name} (${task})`).join(', ');
    throw new StartupError(`WORKER_MODELS: a worker serves all models of a task; left out: ${names}`);
  }
  return chosen.map(({ name }) => name);
}
