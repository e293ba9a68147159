import type { QueueDepth } from '#core';
import { ModelInventory, type ModelSummary } from '#core';
import type { QueueScripts, Survey } from './queue.scripts.js';
import { workerRegistration } from './worker.registration.js';

const intervalMs = 1_000;

/** What a gateway knows of the workers: their models and the work that waits for them, asked for every second. */
export class ClusterSurvey extends ModelInventory {
  private readonly timer: NodeJS.Timeout;
  private surveys: readonly Survey[] = [];
  private models: readonly ModelSummary[] = [];

  private constructor(
    private readonly scripts: QueueScripts,
    private readonly tasks: readonly string[],
    private readonly onError: (error: unknown) => void,
  ) {
    super();
    this.timer = setInterval(() => void this.refresh(), intervalMs);
  }

  static async start(
    scripts: QueueScripts,
    tasks: readonly string[],
    onError: (error: unknown) => void,
  ): Promise<ClusterSurvey> {
    const survey = new ClusterSurvey(scripts, tasks, onError);
    await survey.refresh();
    return survey;
  }

  override list(): ModelSummary[] {
    return [...this.models];
  }

  /** Some worker lives; which tasks have none is seen from the list. */
  override ready(): boolean {
    return this.models.length > 0;
  }

  depth(): QueueDepth {
    return {
      waitingJobs: this.surveys.reduce((sum, { waitingJobs }) => sum + waitingJobs, 0),
      waitingMs: this.surveys.reduce((sum, { waitingMs }) => sum + waitingMs, 0),
    };
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** An outage leaves the last picture standing: whether Redis is there is told by those who need it. */
  private async refresh(): Promise<void> {
    try {
      this.surveys = await Promise.all(this.tasks.map((task) => this.scripts.survey(task)));
      this.models = modelsOf(this.surveys);
    } catch (error) {
      this.onError(error);
    }
  }
}

/** Each model once, however many workers serve it. */
function modelsOf(surveys: readonly Survey[]): ModelSummary[] {
  const byRef = new Map<string, ModelSummary>();
  for (const text of surveys.flatMap(({ registrations }) => registrations)) {
    for (const { languages, maxTokens, ...rest } of workerRegistration.parse(JSON.parse(text)).models) {
      byRef.set(rest.model, {
        ...rest,
        ...(languages !== undefined && { languages }),
        ...(maxTokens !== undefined && { maxTokens }),
      });
    }
  }
  return [...byRef.values()].sort((a, b) => a.model.localeCompare(b.model));
}
