-- Table (what `prisma migrate diff` prints for schema.prisma) -----------------------------------------------------

ALTER TABLE "jobs" ADD COLUMN "held_units" DOUBLE PRECISION;

-- What Prisma's schema cannot say ---------------------------------------------------------------------------------

ALTER TABLE "jobs" ADD CONSTRAINT "jobs_held_units_not_negative" CHECK ("held_units" >= 0);

-- The tenant's role holds units when it submits a job, the runner takes off what has its result.
GRANT UPDATE ("held_units") ON "jobs" TO inferway_app, inferway_runner;
