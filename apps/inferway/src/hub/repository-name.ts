import { StartupError } from '#process';

/** A repository of the hub and a branch, tag or commit of it. */
export interface RepositoryName {
  /** `owner/name` */
  repository: string;
  revision: string;
}

const part = '[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?';
const pattern = new RegExp(`^hf:(${part}/${part})(?:@([A-Za-z0-9][A-Za-z0-9._/-]{0,127}))?$`);

/** Reads `hf:owner/name[@revision]`. @throws StartupError */
export function parseRepositoryName(text: string): RepositoryName {
  const [, repository, revision = 'main'] = pattern.exec(text) ?? [];
  const climbs = `${repository ?? ''}/${revision}`.includes('..');
  if (repository !== undefined && !climbs) return { repository, revision };
  throw new StartupError(
    `${text} is not hf:<owner>/<name>[@revision], for example hf:Xenova/opus-mt-en-de`,
    78,
  );
}

/** The name of the model folder when none is given: lower case, letters, digits and dashes. */
export function localName(repository: string, languages?: { source: string; target: string }): string {
  const name = repository.slice(repository.indexOf('/') + 1).toLowerCase();
  const plain = name.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
  const pair = languages === undefined ? '' : `${languages.source}-${languages.target}`;
  return pair === '' || plain.endsWith(pair) ? plain : `${plain}-${pair}`;
}
