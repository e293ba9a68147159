-- Tables (what `prisma migrate diff` prints for schema.prisma) ----------------------------------------------------

CREATE TYPE "job_status" AS ENUM ('uploading', 'queued', 'running', 'succeeded', 'cancelled', 'expired');

CREATE TYPE "delivery_state" AS ENUM ('pending', 'delivered', 'dead');

ALTER TABLE "tenants" ADD COLUMN "retention_days" INTEGER NOT NULL DEFAULT 7;

CREATE TABLE "jobs" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "task" TEXT NOT NULL,
    "weight" DOUBLE PRECISION NOT NULL,
    "status" "job_status" NOT NULL,
    "total" INTEGER NOT NULL DEFAULT 0,
    "succeeded" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 0,
    "webhook" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "jobs_pkey" PRIMARY KEY ("tenant_id","id")
);

CREATE TABLE "job_chunks" (
    "tenant_id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "first_index" INTEGER NOT NULL,
    "count" INTEGER NOT NULL,
    "inputs" BYTEA,
    "results" BYTEA,
    "done" BOOLEAN NOT NULL DEFAULT false,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "available_at" TIMESTAMPTZ(3) NOT NULL,
    "leased_until" TIMESTAMPTZ(3),
    "lease_owner" TEXT,

    CONSTRAINT "job_chunks_pkey" PRIMARY KEY ("tenant_id","job_id","first_index")
);

CREATE TABLE "job_shares" (
    "tenant_id" TEXT NOT NULL,
    "served" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "job_shares_pkey" PRIMARY KEY ("tenant_id")
);

CREATE TABLE "webhook_secrets" (
    "tenant_id" TEXT NOT NULL,
    "secret" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "webhook_secrets_pkey" PRIMARY KEY ("tenant_id")
);

CREATE TABLE "webhook_deliveries" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "url" BYTEA NOT NULL,
    "body" TEXT NOT NULL,
    "state" "delivery_state" NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "leased_until" TIMESTAMPTZ(3),
    "lease_owner" TEXT,
    "last_status" INTEGER,
    "last_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_deliveries_pkey" PRIMARY KEY ("tenant_id","id")
);

CREATE INDEX "jobs_expires_at_idx" ON "jobs"("expires_at");

ALTER TABLE "job_chunks" ADD CONSTRAINT "job_chunks_tenant_id_job_id_fkey" FOREIGN KEY ("tenant_id", "job_id") REFERENCES "jobs"("tenant_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- What Prisma's schema cannot say ---------------------------------------------------------------------------------

-- The runner looks at open jobs and unfinished chunks only, however many finished ones are kept.
CREATE INDEX "jobs_open_idx" ON "jobs"("tenant_id") WHERE "status" IN ('queued', 'running');
CREATE INDEX "job_chunks_open_idx" ON "job_chunks"("tenant_id", "job_id", "first_index") WHERE NOT "done";
CREATE INDEX "webhook_deliveries_due_idx" ON "webhook_deliveries"("next_attempt_at") WHERE "state" = 'pending';

ALTER TABLE "tenants" ADD CONSTRAINT "tenants_retention_days_range" CHECK ("retention_days" BETWEEN 1 AND 3650);
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_weight_positive" CHECK ("weight" > 0);
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_progress_within_total" CHECK ("succeeded" + "failed" <= "total");
ALTER TABLE "job_chunks" ADD CONSTRAINT "job_chunks_have_inputs" CHECK ("done" OR "inputs" IS NOT NULL);

-- A fifth role: does the work of jobs and delivers webhooks for all tenants. docs/adr/0002-database.md
DO $$
DECLARE
    may_become BOOLEAN;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'inferway_runner') THEN
        BEGIN
            CREATE ROLE inferway_runner NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END IF;
    may_become := pg_has_role(current_user, 'inferway_runner', 'USAGE');
    IF may_become AND current_setting('server_version_num')::INTEGER >= 160000 THEN
        may_become := pg_has_role(current_user, 'inferway_runner', 'SET');
    END IF;
    IF NOT may_become THEN
        EXECUTE format('GRANT inferway_runner TO %I', current_user);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO inferway_runner', current_schema());
END
$$;

ALTER TABLE "jobs" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "jobs" FORCE ROW LEVEL SECURITY;
ALTER TABLE "job_chunks" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "job_chunks" FORCE ROW LEVEL SECURITY;
ALTER TABLE "job_shares" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "job_shares" FORCE ROW LEVEL SECURITY;
ALTER TABLE "webhook_secrets" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "webhook_secrets" FORCE ROW LEVEL SECURITY;
ALTER TABLE "webhook_deliveries" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "webhook_deliveries" FORCE ROW LEVEL SECURITY;

-- inferway_app: submits, reads and cancels its tenant's jobs; never changes an input, a result or a count of them.
GRANT SELECT, INSERT, DELETE ON "jobs" TO inferway_app;
GRANT UPDATE ("status", "total", "version", "finished_at", "expires_at") ON "jobs" TO inferway_app;
GRANT SELECT, INSERT ON "job_chunks" TO inferway_app;
GRANT SELECT, INSERT, UPDATE ("secret", "created_at") ON "webhook_secrets" TO inferway_app;
GRANT SELECT, INSERT ON "webhook_deliveries" TO inferway_app;
GRANT UPDATE ("state", "attempts", "next_attempt_at", "finished_at") ON "webhook_deliveries" TO inferway_app;

CREATE POLICY "own_jobs" ON "jobs" TO inferway_app
    USING ("tenant_id" = (SELECT current_setting('app.tenant_id', true)))
    WITH CHECK ("tenant_id" = (SELECT current_setting('app.tenant_id', true)));
CREATE POLICY "own_job_chunks" ON "job_chunks" TO inferway_app
    USING ("tenant_id" = (SELECT current_setting('app.tenant_id', true)))
    WITH CHECK ("tenant_id" = (SELECT current_setting('app.tenant_id', true)));
CREATE POLICY "own_webhook_secret" ON "webhook_secrets" TO inferway_app
    USING ("tenant_id" = (SELECT current_setting('app.tenant_id', true)))
    WITH CHECK ("tenant_id" = (SELECT current_setting('app.tenant_id', true)));
CREATE POLICY "own_webhook_deliveries" ON "webhook_deliveries" TO inferway_app
    USING ("tenant_id" = (SELECT current_setting('app.tenant_id', true)))
    WITH CHECK ("tenant_id" = (SELECT current_setting('app.tenant_id', true)));

-- inferway_runner: leases chunks, stores their results, expires jobs, delivers webhooks. It cannot submit a job, and
-- what it reads is sealed. Secrets it asks for tenant by tenant, as inferway_app.
GRANT SELECT, DELETE ON "jobs" TO inferway_runner;
GRANT UPDATE ("status", "succeeded", "failed", "version", "started_at", "finished_at") ON "jobs" TO inferway_runner;
GRANT SELECT, DELETE ON "job_chunks" TO inferway_runner;
GRANT UPDATE ("inputs", "results", "done", "attempt", "available_at", "leased_until", "lease_owner") ON "job_chunks"
    TO inferway_runner;
GRANT SELECT, INSERT, UPDATE, DELETE ON "job_shares" TO inferway_runner;
GRANT SELECT, INSERT, DELETE ON "webhook_deliveries" TO inferway_runner;
GRANT UPDATE ("state", "attempts", "next_attempt_at", "leased_until", "lease_owner", "last_status", "last_error",
    "finished_at") ON "webhook_deliveries" TO inferway_runner;

CREATE POLICY "runner_jobs" ON "jobs" TO inferway_runner USING (true) WITH CHECK (true);
CREATE POLICY "runner_job_chunks" ON "job_chunks" TO inferway_runner USING (true) WITH CHECK (true);
CREATE POLICY "runner_job_shares" ON "job_shares" TO inferway_runner USING (true) WITH CHECK (true);
CREATE POLICY "runner_webhook_deliveries" ON "webhook_deliveries" TO inferway_runner USING (true) WITH CHECK (true);

-- How long the jobs of the tenant that is set are kept; nothing else of the directory can be read on the way.
CREATE FUNCTION "job_retention_days"()
RETURNS INTEGER
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
    SELECT COALESCE((SELECT "retention_days" FROM "tenants" WHERE "id" = current_setting('app.tenant_id', true)), 7)
$$;

REVOKE EXECUTE ON FUNCTION "job_retention_days"() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "job_retention_days"() TO inferway_app;

-- The tenant that is set joins those whose jobs are served in turn. It is lifted to the least served of them: having
-- been away earns no credit, having been ahead is not forgiven.
CREATE FUNCTION "enter_job_share"()
RETURNS VOID
LANGUAGE sql VOLATILE SECURITY DEFINER
AS $$
    INSERT INTO "job_shares" AS "mine" ("tenant_id", "served")
    SELECT current_setting('app.tenant_id'), COALESCE(min("s"."served"), 0) FROM "job_shares" "s"
    WHERE "s"."tenant_id" IN (SELECT "j"."tenant_id" FROM "jobs" "j" WHERE "j"."status" IN ('queued', 'running'))
    ON CONFLICT ("tenant_id") DO UPDATE SET "served" = GREATEST("mine"."served", excluded."served")
$$;

REVOKE EXECUTE ON FUNCTION "enter_job_share"() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "enter_job_share"() TO inferway_app;

-- As in the first migration: a fixed search path, and CREATE on the schema for the moment of giving a function away.
DO $$
DECLARE
    here TEXT := current_schema();
BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO inferway_directory, inferway_runner', here);
    EXECUTE format('ALTER FUNCTION "job_retention_days"() SET search_path = %I, pg_temp', here);
    ALTER FUNCTION "job_retention_days"() OWNER TO inferway_directory;
    EXECUTE format('ALTER FUNCTION "enter_job_share"() SET search_path = %I, pg_temp', here);
    ALTER FUNCTION "enter_job_share"() OWNER TO inferway_runner;
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM inferway_directory, inferway_runner', here);
END
$$;
