import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSeal } from '#kernel';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { chunksOf } from './fixtures/job.js';
import { openDatabase, type Database } from './open-database.js';
import { PrismaJobStore } from './prisma-job-store.js';
import { PrismaJobWorkStore } from './prisma-job-work-store.js';
import { PrismaVideoStore } from './prisma-video-store.js';

const tenantId = 'ten_1';
const timesS = [0, 0.2, 0.4];
const record = { width: 640, height: 360, scale: 1, minScore: 0.35, intervalS: 0.2, timesS, cutsS: [0.4] };
const stills = [{ index: 0, image: Buffer.from('a secret picture') }];

describe.each(testBackends)('what is kept of videos on $name', ({ start }) => {
  let databases: TestDatabases;
  let database: Database;
  let jobs: PrismaJobStore;
  let work: PrismaJobWorkStore;
  let videos: PrismaVideoStore;

  beforeAll(async () => {
    databases = await start();
    database = await openDatabase(await databases.migrated());
    const seal = createSeal(Buffer.alloc(32, 7));
    jobs = new PrismaJobStore(database, seal);
    work = new PrismaJobWorkStore(database, seal);
    videos = new PrismaVideoStore(database, seal);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });

  const publish = async (id: string) => {
    await jobs.open({ tenantId, id, keyId: 'k', task: 'detect-objects', weight: 1, trace: {} });
    await jobs.append(tenantId, id, chunksOf(3, 3));
    await jobs.publish(tenantId, id, { total: 3, heldUnits: null, video: { record, stills } });
  };

  it("is its tenant's alone, and sealed", async () => {
    await publish('job_video');
    expect(await videos.record(tenantId, 'job_video')).toEqual(record);
    expect(await videos.stills(tenantId, 'job_video')).toEqual(stills);
    expect(await videos.record('ten_2', 'job_video')).toBeUndefined();
    expect(await videos.stills('ten_2', 'job_video')).toEqual([]);
    const [row] = await database.prisma.$queryRaw<{ video: string; stills: string }[]>`
      SELECT encode(video, 'escape') AS video, encode(video_stills, 'escape') AS stills FROM jobs WHERE id = 'job_video'`;
    expect(row?.video).not.toContain('timesS');
    expect(row?.stills).not.toContain(Buffer.from('secret').toString('base64').slice(0, 6));
    expect(row?.stills).not.toContain('index');
  });

  it('goes with the inputs and results of its job', async () => {
    await publish('job_old');
    await database.prisma
      .$executeRaw`UPDATE jobs SET expires_at = now() - interval '1 second' WHERE id = 'job_old'`;
    await work.sweep();
    expect(await jobs.find(tenantId, 'job_old')).toMatchObject({ status: 'expired' });
    expect(await videos.record(tenantId, 'job_old')).toBeUndefined();
    expect(await videos.stills(tenantId, 'job_old')).toEqual([]);
  });
});
