import { z } from 'zod';
import type { JobList, JobResults, PageQuery } from '#contracts';
import { AppError } from '#kernel';
import { Admission } from '../ports/admission.js';
import { JobStore, type Job } from '../ports/job-store.js';
import { readCursor, writeCursor } from '../page-cursor.js';
import { isOpen, toJobView } from './to-job-view.js';

const resultPlace = z.object({ index: z.int().min(0) });
const listPlace = z.object({
  createdAt: z.iso.datetime().transform((text) => new Date(text)),
  id: z.string(),
});

/** A tenant's own jobs: another's is as missing as one that never was. */
export class BrowseJobs {
  constructor(
    private readonly store: JobStore,
    private readonly admission: Admission,
  ) {}

  /** @throws AppError `resource.not_found` */
  async find(tenantId: string, jobId: string): Promise<Job> {
    return existing(await this.store.find(tenantId, jobId));
  }

  /** @throws AppError `resource.not_found` */
  async cancel(tenantId: string, jobId: string): Promise<Job> {
    const job = existing(await this.store.cancel(tenantId, jobId));
    this.admission.endJob(tenantId, jobId);
    return job;
  }

  /** Newest first. @throws AppError `request.invalid` for a foreign cursor */
  async list(tenantId: string, { cursor, limit }: PageQuery): Promise<JobList> {
    const after = cursor === undefined ? undefined : readCursor(listPlace, cursor);
    const jobs = await this.store.list(tenantId, { limit, ...(after !== undefined && { after }) });
    const last = jobs.at(-1);
    return {
      jobs: jobs.map(toJobView),
      ...(last !== undefined &&
        jobs.length === limit && { nextCursor: writeCursor({ createdAt: last.createdAt, id: last.id }) }),
    };
  }

  /**
   * A page of outcomes in the order of the inputs. While the job is open the page ends before the first input that
   * has none, and `nextCursor` goes on from there, so that whoever follows it misses nothing and sees nothing twice.
   * @throws AppError `resource.not_found`, `request.invalid`
   */
  async results(tenantId: string, jobId: string, { cursor, limit }: PageQuery): Promise<JobResults> {
    const fromIndex = cursor === undefined ? 0 : readCursor(resultPlace, cursor).index;
    // Read first: what is stored after this moment may be on the page, never the other way round.
    const job = await this.find(tenantId, jobId);
    const found = await this.store.results(tenantId, jobId, { fromIndex, limit });
    const gap = found.findIndex(({ index }, place) => index !== fromIndex + place);
    const results = isOpen(job) && gap !== -1 ? found.slice(0, gap) : found;
    const next = (results.at(-1)?.index ?? fromIndex - 1) + 1;
    const isMore = isOpen(job) ? next < job.total : found.length === limit && next < job.total;
    return {
      status: job.status,
      results,
      ...(isMore && { nextCursor: writeCursor({ index: next }) }),
    };
  }
}

function existing(job: Job | undefined): Job {
  if (job === undefined) throw new AppError('resource.not_found', { detail: 'There is no such job' });
  return job;
}
