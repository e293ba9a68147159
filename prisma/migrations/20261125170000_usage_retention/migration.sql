-- Tables (what `prisma migrate diff` prints for schema.prisma) ----------------------------------------------------

CREATE TABLE "usage_drops" (
    "tenant_id" TEXT NOT NULL,
    "month" TEXT NOT NULL,
    "items" BIGINT NOT NULL DEFAULT 0,
    "amount" BIGINT NOT NULL DEFAULT 0,
    "digest" DECIMAL(40,0) NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "usage_drops_pkey" PRIMARY KEY ("tenant_id","month")
);

ALTER TABLE "usage_drops" ADD CONSTRAINT "usage_drops_tenant_id_month_fkey" FOREIGN KEY ("tenant_id", "month") REFERENCES "invoices"("tenant_id", "month") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- What Prisma's schema cannot say ---------------------------------------------------------------------------------

CREATE INDEX "usage_drops_unfinished_idx" ON "usage_drops"("month") WHERE "finished_at" IS NULL;

-- A role of its own, granted to no program: it owns the one function that deletes usage rows. docs/adr/0005
DO $$
DECLARE
    may_become BOOLEAN;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'inferway_pruner') THEN
        BEGIN
            CREATE ROLE inferway_pruner NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END IF;
    may_become := pg_has_role(current_user, 'inferway_pruner', 'USAGE');
    IF may_become AND current_setting('server_version_num')::INTEGER >= 160000 THEN
        may_become := pg_has_role(current_user, 'inferway_pruner', 'SET');
    END IF;
    IF NOT may_become THEN
        EXECUTE format('GRANT inferway_pruner TO %I', current_user);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO inferway_pruner', current_schema());
END
$$;

ALTER TABLE "usage_drops" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "usage_drops" FORCE ROW LEVEL SECURITY;

GRANT SELECT ON "usage_drops" TO inferway_biller;
CREATE POLICY "biller_reads_drops" ON "usage_drops" FOR SELECT TO inferway_biller
    USING ((SELECT current_user) = 'inferway_biller');

GRANT SELECT ON "usage_drops" TO inferway_backup;
CREATE POLICY "backup_reads" ON "usage_drops" FOR SELECT TO inferway_backup
    USING ((SELECT current_user) = 'inferway_backup');

-- The start of the month of so many months ago, in UTC.
CREATE FUNCTION "usage_month_ago"("months" INTEGER)
RETURNS TIMESTAMPTZ
LANGUAGE sql STABLE
AS $$
    SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => "months")) AT TIME ZONE 'UTC'
$$;

-- What no argument can change: a month is marked only when it has a final invoice (the foreign key) and a whole month
-- lies between it and now, and a row goes only when its month is marked.
GRANT SELECT, DELETE ON "usage_rows" TO inferway_pruner;
GRANT SELECT, INSERT ("tenant_id", "month"), UPDATE ("items", "amount", "digest", "finished_at") ON "usage_drops"
    TO inferway_pruner;
GRANT SELECT ("tenant_id", "month") ON "invoices" TO inferway_pruner;
GRANT SELECT ("tenant_id", "status", "created_at") ON "jobs" TO inferway_pruner;
CREATE POLICY "pruner_drops" ON "usage_drops" TO inferway_pruner
    USING ((SELECT current_user) = 'inferway_pruner')
    WITH CHECK ((SELECT current_user) = 'inferway_pruner'
        AND ("month" || '-01')::TIMESTAMP AT TIME ZONE 'UTC' < (SELECT usage_month_ago(1)));
CREATE POLICY "pruner_reads_invoices" ON "invoices" FOR SELECT TO inferway_pruner
    USING ((SELECT current_user) = 'inferway_pruner');
CREATE POLICY "pruner_reads_jobs" ON "jobs" FOR SELECT TO inferway_pruner
    USING ((SELECT current_user) = 'inferway_pruner');
CREATE POLICY "pruner_reads_rows" ON "usage_rows" FOR SELECT TO inferway_pruner
    USING ((SELECT current_user) = 'inferway_pruner' AND "at" < (SELECT usage_month_ago(1)));
CREATE POLICY "pruner_deletes_rows" ON "usage_rows" FOR DELETE TO inferway_pruner
    USING ((SELECT current_user) = 'inferway_pruner' AND "at" < (SELECT usage_month_ago(1)) AND EXISTS (
        SELECT FROM "usage_drops" "d" WHERE "d"."tenant_id" = "usage_rows"."tenant_id"
        AND "d"."month" = to_char("usage_rows"."at" AT TIME ZONE 'UTC', 'YYYY-MM')
    ));

-- Deletes at most so many rows of one tenant's month that is older than the months to keep, and enters count, units
-- and digest of what it deleted beside the month, in the same transaction. A month waits for the tenant's open jobs
-- that are older than its end: a chunk of theirs that is done again must still find its rows, or it is billed twice.
-- NULL when another process is at it, and when nothing is left.
CREATE FUNCTION "drop_usage"("keep_months" INTEGER, "most" INTEGER)
RETURNS INTEGER
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
AS $$
DECLARE
    "tenant" TEXT;
    "dropped" TEXT;
    "start" TIMESTAMPTZ;
    "sums" RECORD;
BEGIN
    IF "keep_months" IS NULL OR "keep_months" < 1 THEN
        RAISE EXCEPTION 'at least one month of usage rows is kept';
    END IF;
    IF NOT pg_try_advisory_xact_lock(72707, 2) THEN
        RETURN NULL;
    END IF;
    SELECT "d"."tenant_id", "d"."month" INTO "tenant", "dropped"
    FROM "usage_drops" "d" WHERE "d"."finished_at" IS NULL LIMIT 1;
    IF NOT FOUND THEN
        SELECT "i"."tenant_id", "i"."month" INTO "tenant", "dropped" FROM "invoices" "i"
        WHERE "i"."month" < to_char(usage_month_ago("keep_months") AT TIME ZONE 'UTC', 'YYYY-MM')
        AND NOT EXISTS (
            SELECT FROM "usage_drops" "d" WHERE "d"."tenant_id" = "i"."tenant_id" AND "d"."month" = "i"."month"
        )
        AND NOT EXISTS (
            SELECT FROM "jobs" "j" WHERE "j"."tenant_id" = "i"."tenant_id" AND "j"."status" IN ('queued', 'running')
            AND "j"."created_at" < (("i"."month" || '-01')::TIMESTAMP + INTERVAL '1 month') AT TIME ZONE 'UTC'
        )
        ORDER BY "i"."month" LIMIT 1;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        INSERT INTO "usage_drops" ("tenant_id", "month") VALUES ("tenant", "dropped");
    END IF;
    "start" := ("dropped" || '-01')::TIMESTAMP AT TIME ZONE 'UTC';
    WITH "gone" AS (
        DELETE FROM "usage_rows" WHERE ("tenant_id", "request_id", "item", "status") IN (
            SELECT "u"."tenant_id", "u"."request_id", "u"."item", "u"."status" FROM "usage_rows" "u"
            WHERE "u"."tenant_id" = "tenant" AND "u"."at" >= "start"
            AND "u"."at" < ("start" AT TIME ZONE 'UTC' + INTERVAL '1 month') AT TIME ZONE 'UTC'
            ORDER BY "u"."at" LIMIT "most"
        ) RETURNING *
    )
    SELECT count(*)::INTEGER AS "items", COALESCE(sum("amount"), 0) AS "amount",
        COALESCE(sum(usage_digest("gone")), 0) AS "digest" INTO "sums" FROM "gone";
    UPDATE "usage_drops" "d" SET
        "items" = "d"."items" + "sums"."items", "amount" = "d"."amount" + "sums"."amount",
        "digest" = "d"."digest" + "sums"."digest",
        "finished_at" = CASE WHEN "sums"."items" < "most" THEN now() END
    WHERE "d"."tenant_id" = "tenant" AND "d"."month" = "dropped";
    RETURN "sums"."items";
END
$$;

REVOKE EXECUTE ON FUNCTION "drop_usage"(INTEGER, INTEGER) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "drop_usage"(INTEGER, INTEGER) TO inferway_biller;

-- As in the first migration: a fixed search path, and CREATE on the schema for the moment of giving a function away.
DO $$
DECLARE
    here TEXT := current_schema();
BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO inferway_pruner', here);
    EXECUTE format('ALTER FUNCTION "drop_usage"(INTEGER, INTEGER) SET search_path = %I, pg_temp', here);
    ALTER FUNCTION "drop_usage"(INTEGER, INTEGER) OWNER TO inferway_pruner;
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM inferway_pruner', here);
END
$$;
