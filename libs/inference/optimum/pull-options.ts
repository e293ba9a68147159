/** What a caller says of a repository beyond its name; the rest is read from its files. */
export interface PullOptions {
  /** Folder and name of the model here. */
  name: string;
  /** Task of ours. */
  task: string;
  languages?: { source: string; target: string } | undefined;
  /** Spellings of the tokens that name the languages, for multilingual models. */
  languageTokens?: { source?: string | undefined; target?: string | undefined };
  /** Text put before every source text. */
  prefix?: string | undefined;
  /** Most rows of a run; by default 16, or 1 where an answer would depend on its batch mates. */
  maxBatch?: number | undefined;
  /** Serve with it where an installed model could serve as well. */
  prefer?: boolean;
}

/** Where the files come from. */
export interface PullSource {
  /** `owner/name` */
  repository: string;
  /** 40 hexadecimal digits. */
  commit: string;
  requestedRevision: string;
  /** SPDX where the hub's word for it is one. */
  licence: string;
}
