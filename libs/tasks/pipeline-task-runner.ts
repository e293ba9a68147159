import { TaskRunner, type ItemResult, type WorkContext } from '#core';
import type { InferenceRequest, InferenceResult, ModelCatalogue } from '#inference';
import { AppError } from '#kernel';
import type { ItemRun, TaskPipeline } from './pipeline.js';

/** What runs rows: the inference service, or a remote engine pool. */
export interface RowRunner {
  infer(request: InferenceRequest): Promise<InferenceResult>;
}

type ProcessUnchecked = (item: unknown, run: ItemRun) => Promise<ItemResult>;

/** Runs items through the pipelines of this process. */
export class PipelineTaskRunner extends TaskRunner {
  private constructor(
    private readonly started: ReadonlyMap<string, ProcessUnchecked>,
    private readonly rows: RowRunner,
  ) {
    super();
  }

  /** Loads every pipeline; all that cannot start are named in one error. */
  static async start(
    pipelines: Readonly<Record<string, TaskPipeline>>,
    models: ModelCatalogue,
    rows: RowRunner,
  ): Promise<PipelineTaskRunner> {
    const entries = await Promise.allSettled(
      Object.values(pipelines).map(async (pipeline): Promise<[string, ProcessUnchecked]> => [
        pipeline.taskId,
        await pipeline.start(models),
      ]),
    );
    const problems = entries
      .filter((entry) => entry.status === 'rejected')
      .map(({ reason }) => String(reason));
    if (problems.length > 0) throw new Error(problems.join('\n'));
    const started = entries.filter((entry) => entry.status === 'fulfilled').map(({ value }) => value);
    return new PipelineTaskRunner(new Map(started), rows);
  }

  override async run(task: string, item: unknown, work: WorkContext): Promise<ItemResult> {
    const process = this.started.get(task);
    if (process === undefined)
      throw new AppError('engine.unavailable', { detail: `No worker serves ${task}` });
    return process(item, this.itemRun(work));
  }

  private itemRun({ tenantId, weight, deadlineAt, signal, timings, trace }: WorkContext): ItemRun {
    return {
      signal,
      infer: async (model, inputs) => {
        timings.rowSent();
        const { outputs, timings: row } = await this.rows.infer({
          model,
          inputs,
          tenantId,
          weight,
          deadlineAt,
          signal,
          trace,
        });
        timings.rowDone(row);
        return outputs;
      },
    };
  }
}
