-- Columns (what `prisma migrate diff` prints for schema.prisma) ---------------------------------------------------

ALTER TABLE "jobs" ADD COLUMN "video" BYTEA,
ADD COLUMN "video_stills" BYTEA;

-- What Prisma's schema cannot say ---------------------------------------------------------------------------------

-- Written when a job is published; they go with its inputs and results.
GRANT UPDATE ("video", "video_stills") ON "jobs" TO inferway_app;
GRANT UPDATE ("video", "video_stills") ON "jobs" TO inferway_runner;
