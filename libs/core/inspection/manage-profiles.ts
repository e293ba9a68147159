import { z } from 'zod';
import type {
  InspectionDefinition,
  InspectionProfileChange,
  InspectionProfileList,
  InspectionProfileView,
  PageQuery,
} from '#contracts';
import { AppError, newId, type Clock, type Issue } from '#kernel';
import { readCursor, writeCursor } from '../page-cursor.js';
import { ProfileStore, type InspectionProfile } from '../ports/profile-store.js';
import type { FindingSources } from './finding-source.js';

const place = z.object({ id: z.string() });

/** A tenant's own inspection profiles: another's is as missing as one that never was. */
export class ManageProfiles {
  constructor(
    private readonly store: ProfileStore,
    private readonly sources: FindingSources,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `request.invalid`, `resource.conflict` */
  async create(tenantId: string, definition: InspectionDefinition): Promise<InspectionProfileView> {
    const createdAt = new Date(this.clock.now());
    const profile = {
      id: newId('insp'),
      version: 1,
      definition: this.checked(definition),
      createdAt,
      archivedAt: null,
    };
    await this.store.create(tenantId, profile);
    return toProfileView(profile);
  }

  /** @throws AppError `resource.not_found` */
  async find(tenantId: string, id: string, version?: number): Promise<InspectionProfileView> {
    return toProfileView(existingProfile(await this.store.find(tenantId, id, version)));
  }

  /** @throws AppError `request.invalid` for a foreign cursor */
  async list(tenantId: string, { cursor, limit }: PageQuery): Promise<InspectionProfileList> {
    const after = cursor === undefined ? undefined : readCursor(place, cursor).id;
    const found = await this.store.list(tenantId, { limit, ...(after !== undefined && { after }) });
    const last = found.at(-1);
    return {
      profiles: found.map(toProfileView),
      ...(last !== undefined && found.length === limit && { nextCursor: writeCursor({ id: last.id }) }),
    };
  }

  /** @throws AppError `request.invalid`, `resource.not_found`, `resource.conflict` */
  async change(
    tenantId: string,
    id: string,
    change: InspectionProfileChange,
  ): Promise<InspectionProfileView> {
    const at = new Date(this.clock.now());
    const merge = (before: InspectionDefinition) => this.checked({ ...before, ...change });
    return toProfileView(existingProfile(await this.store.change(tenantId, id, merge, at)));
  }

  /** @throws AppError `resource.not_found` */
  async archive(tenantId: string, id: string): Promise<InspectionProfileView> {
    const at = new Date(this.clock.now());
    return toProfileView(existingProfile(await this.store.archive(tenantId, id, at)));
  }

  /** What one field cannot say alone: millimetres need a scale, reports tell rules by their names, a task needs a model or not. */
  private checked(definition: InspectionDefinition): InspectionDefinition {
    const { task, model, tile } = definition;
    const { needsModel, takesTiles } = this.sources[task];
    const issues = ruleIssues(definition);
    if (needsModel && model === null) issues.push({ path: 'model', message: `is needed by ${task}` });
    if (!takesTiles && tile !== 'none')
      issues.push({ path: 'tile', message: `cannot be chosen for ${task}` });
    const [first] = issues;
    if (first === undefined) return definition;
    throw new AppError('request.invalid', { detail: `${first.path}: ${first.message}`, issues });
  }
}

export function existingProfile(profile: InspectionProfile | undefined): InspectionProfile {
  if (profile === undefined)
    throw new AppError('resource.not_found', { detail: 'There is no such inspection profile' });
  return profile;
}

function ruleIssues({ rules, mmPerPixel }: InspectionDefinition): Issue[] {
  const names = rules.map(({ name }) => name);
  return rules.flatMap(({ measure, name }, index) => [
    ...(measure.includes('Mm') && mmPerPixel === null
      ? [{ path: `rules[${index}].measure`, message: 'needs mmPerPixel' }]
      : []),
    ...(names.indexOf(name) < index
      ? [{ path: `rules[${index}].name`, message: 'is the name of an earlier rule' }]
      : []),
  ]);
}

function toProfileView({
  definition,
  createdAt,
  archivedAt,
  ...same
}: InspectionProfile): InspectionProfileView {
  return {
    ...same,
    ...definition,
    createdAt: createdAt.toISOString(),
    archivedAt: archivedAt?.toISOString() ?? null,
  };
}
