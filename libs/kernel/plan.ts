/** What a tenant may use, and what it shares with every tenant of its plan. */
export interface Plan {
  /** A slug, such as `standard`. */
  id: string;
  name: string;
  /** Items (inferences) a second, sustained; null: no limit. A request of 8 texts costs 8. */
  ratePerSecond: number | null;
  /** Items at once; null with a null rate. */
  burst: number | null;
  /** Items of the tenant in work at one time; null: no limit. */
  concurrency: number | null;
  /** Hard monthly quota by task, in the task's unit; a task left out has none. */
  monthlyUnits: Readonly<Partial<Record<string, number>>>;
  /** Part of a quota or budget from which its soft threshold counts as passed, above 0 and at most 1. */
  softThreshold: number;
  /** Most items of one request; null: the server's own bound. */
  maxItems: number | null;
  /** Fair-share weight. */
  weight: number;
  /** How long jobs are kept, from their submission. */
  retentionDays: number;
  /** Origins whose pages may call with the plan's keys from a browser; `*` for all. */
  corsOrigins: readonly string[];
}
