import type { InspectionDefinition } from '#contracts';

/** One version of a profile. */
export interface InspectionProfile {
  id: string;
  version: number;
  definition: InspectionDefinition;
  /** Of this version. */
  createdAt: Date;
  archivedAt: Date | null;
}

/** Inspection profiles of tenants. Versions are added and never changed; every method is one transaction. */
export abstract class ProfileStore {
  /** Its first version. @throws AppError `resource.conflict` when the tenant has the most there may be */
  abstract create(tenantId: string, profile: InspectionProfile): Promise<void>;
  /** The latest version, or the one that is named. */
  abstract find(tenantId: string, id: string, version?: number): Promise<InspectionProfile | undefined>;
  /** Latest versions, newest profile first. */
  abstract list(tenantId: string, page: { limit: number; after?: string }): Promise<InspectionProfile[]>;
  /**
   * The next version, made of the latest while others wait; a change that changes nothing makes none.
   * Undefined when there is no such profile.
   * @param merge the next definition of the latest; what it throws leaves things as they are
   * @throws AppError `resource.conflict` for an archived profile, or one that has all the versions there may be
   */
  abstract change(
    tenantId: string,
    id: string,
    merge: (before: InspectionDefinition) => InspectionDefinition,
    at: Date,
  ): Promise<InspectionProfile | undefined>;
  /** The latest version; a profile that is archived already stays as it is. */
  abstract archive(tenantId: string, id: string, at: Date): Promise<InspectionProfile | undefined>;
}
