import { z } from 'zod';

/** Entries that travel together, in one job of BullMQ whose id is that of the first. */
export type Parcel = readonly string[];

/** Data of a job of BullMQ. Nothing beside its id where that is all: so does a gateway of the version before it. */
const parcelData = z.object({ ids: z.array(z.string()).min(1).optional() });

export function toJob(parcel: Parcel): { jobId: string; data: z.infer<typeof parcelData> } {
  const [jobId = ''] = parcel;
  return { jobId, data: parcel.length > 1 ? { ids: [...parcel] } : {} };
}

export function parseParcel({ id = '', data }: { id?: string | undefined; data: unknown }): Parcel {
  return parcelData.parse(data).ids ?? [id];
}
