import type { QueueDepth } from '#core';
import { ModelInventory, type ModelSummary } from '#core';
import type { QueueScripts, Survey } from './queue.scripts.js';
import { workerRegistration } from './worker.registration.js';

const intervalMs = 1_000;

/** What a gateway knows of the workers: their models and the work that waits for them, asked for every second. */
export class ClusterSurvey extends ModelInventory {
  private readonly timer: NodeJS.Timeout;
  private depths: readonly QueueDepth[] = [];
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

  depth(): QueueDepth[] {
    return [...this.depths];
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** An outage leaves the last picture standing: whether Redis is there is told by those who need it. */
  private async refresh(): Promise<void> {
    try {
      const surveys = await Promise.all(
        this.tasks.map(async (task) => ({ task, ...(await this.scripts.survey(task)) })),
      );
      this.depths = surveys.map(({ task, waitingJobs, waitingMs }) => ({ task, waitingJobs, waitingMs }));
      this.models = modelsOf(surveys);
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
