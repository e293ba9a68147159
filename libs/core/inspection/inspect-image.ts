import { createHash } from 'node:crypto';
import type { Inspection, InspectionRequest, ItemTimings } from '#contracts';
import { AppError, type Clock } from '#kernel';
import type { InferenceReply, Submission, SubmitInference } from '../inference/submit-inference.js';
import { InspectionDrawing, type Attachment, type InspectionRecord } from '../ports/inspection-drawing.js';
import { ProfileStore } from '../ports/profile-store.js';
import type { FindingSources } from './finding-source.js';
import { judgeFindings } from './judge-findings.js';
import { existingProfile } from './manage-profiles.js';
import { regionInPixels } from './region-in-pixels.js';

export interface InspectionOrder extends Omit<Submission, 'task' | 'input'> {
  request: InspectionRequest;
}

export type InspectionReply = Inspection & Pick<InferenceReply, 'requestId' | 'model' | 'usage'>;

/**
 * Inspects a picture by a tenant's profile: the profile's task finds, its rules judge. The finding is an ordinary request
 * of that task, with its limits, its deadline, its `Idempotency-Key` and its bill; judging and drawing cost nothing.
 */
export class InspectImage {
  constructor(
    private readonly profiles: ProfileStore,
    private readonly sources: FindingSources,
    private readonly submit: SubmitInference,
    private readonly drawing: InspectionDrawing,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `resource.not_found`, `resource.conflict` (archived), and what the task and the drawing throw */
  async execute(order: InspectionOrder): Promise<{ reply: InspectionReply; timings?: ItemTimings }> {
    const { request, ...submission } = order;
    const { tenantId } = order.principal;
    const profile = existingProfile(await this.profiles.find(tenantId, request.profile, request.version));
    if (profile.archivedAt !== null)
      throw new AppError('resource.conflict', { detail: 'This inspection profile is archived' });
    const { definition, id, version } = profile;
    const source = this.sources[definition.task];
    const size = await this.drawing.sizeOf(request.image);
    const region = definition.region === null ? undefined : regionInPixels(definition.region, size);
    const input = source.task.input.parse(source.ask(request.image, definition, region));
    const { reply, timings } = await this.submit.execute({ ...submission, task: source.task, input });
    const { requestId, model, usage } = reply;
    const record: InspectionRecord = {
      ...judgeFindings(source.read(reply, definition), definition),
      profile: { id, version, name: definition.name, task: definition.task },
      picture: { ...size, sizeBytes: request.image.length, sha256: sha256(request.image) },
      ...(region && { region }),
      inspectedAt: new Date(this.clock.now()).toISOString(),
      requestId,
      model,
    };
    const drawn = await this.draw(request, record);
    return { reply: { ...record, ...drawn, usage }, ...(timings && { timings }) };
  }

  private async draw({ image, annotate, report }: InspectionRequest, record: InspectionRecord) {
    const annotated = annotate ? await this.drawing.annotate(image, record) : undefined;
    const page = report === undefined ? undefined : await this.drawing.report(image, record, report);
    return {
      ...(annotated && { annotated: toBase64(annotated) }),
      ...(page && { report: toBase64(page) }),
    };
  }
}

function sha256(file: Uint8Array): string {
  return createHash('sha256').update(file).digest('hex');
}

function toBase64({ mediaType, bytes }: Attachment) {
  return { mediaType, data: Buffer.from(bytes).toString('base64') };
}
