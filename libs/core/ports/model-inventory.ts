/** A model as callers may know it. */
export interface ModelSummary {
  /** `name@revision` */
  model: string;
  task: string;
  description: string;
  licence: string;
  languages?: { source: string; target: string };
  /** Longest input in tokens, where the model has such a limit. */
  maxTokens?: number;
}

/** The models that serve, whoever holds them (this process, or worker pools elsewhere). */
export abstract class ModelInventory {
  abstract list(): ModelSummary[];
  /** Every model is warm: requests will not wait for a load. */
  abstract ready(): boolean;
}
