import { TaskRunner, type ItemResult, type WorkContext } from '#core';
import type { InferenceRequest, InferenceResult, ModelCatalogue } from '#inference';
import { AppError } from '#kernel';
import { chooseModel } from './choose-model.js';
import type { ItemRun, TaskPipeline } from './pipeline.js';

/** What runs rows: the inference service, or a remote engine pool. */
export interface RowRunner {
  infer(request: InferenceRequest): Promise<InferenceResult>;
}

type ProcessUnchecked = (item: unknown, run: ItemRun) => Promise<ItemResult>;

/** Runs items through the pipelines of this process. */
export class PipelineTaskRunner extends TaskRunner {
  /** Pipelines of models that callers chose, by task and model: begun when one is first asked for. */
  private readonly chosen = new Map<string, Promise<ProcessUnchecked>>();

  private constructor(
    private readonly pipelines: ReadonlyMap<string, TaskPipeline>,
    private readonly preferred: ReadonlyMap<string, ProcessUnchecked>,
    private readonly models: ModelCatalogue,
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
    const all = Object.values(pipelines);
    const entries = await Promise.allSettled(
      all.map(async (pipeline): Promise<[string, ProcessUnchecked]> => [
        pipeline.taskId,
        await pipeline.start(models),
      ]),
    );
    const problems = entries
      .filter((entry) => entry.status === 'rejected')
      .map(({ reason }) => String(reason));
    if (problems.length > 0) throw new Error(problems.join('\n'));
    const started = entries.filter((entry) => entry.status === 'fulfilled').map(({ value }) => value);
    const byTask = new Map(all.map((pipeline) => [pipeline.taskId, pipeline]));
    return new PipelineTaskRunner(byTask, new Map(started), models, rows);
  }

  override async run(task: string, item: unknown, work: WorkContext): Promise<ItemResult> {
    const pipeline = this.pipelines.get(task);
    const preferred = this.preferred.get(task);
    if (pipeline === undefined || preferred === undefined)
      throw new AppError('engine.unavailable', { detail: `No worker serves ${task}` });
    const process = work.model === undefined ? preferred : await this.choose(pipeline, work.model);
    return process(item, this.itemRun(work));
  }

  /** The pipeline as it would be if the model were the only one of its task. */
  private choose(pipeline: TaskPipeline, name: string): Promise<ProcessUnchecked> {
    const model = chooseModel(this.models.forTask(pipeline.taskId), name, pipeline.taskId);
    const key = `${pipeline.taskId} ${model.ref}`;
    const others = this.models;
    const started =
      this.chosen.get(key) ??
      pipeline.start({
        list: () => others.list(),
        forTask: (task) => (task === pipeline.taskId ? [model] : others.forTask(task)),
      });
    this.chosen.set(key, started);
    return started;
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
