-- Tables (what `prisma migrate diff` prints for schema.prisma) ----------------------------------------------------

CREATE TABLE "usage_days" (
    "tenant_id" TEXT NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "task" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "items" BIGINT NOT NULL,
    "amount" BIGINT NOT NULL,
    "compute_ms" DOUBLE PRECISION NOT NULL,
    "padding_ms" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "usage_days_pkey" PRIMARY KEY ("tenant_id","starts_at","task","key_id","model","unit","status")
);

-- What Prisma's schema cannot say ---------------------------------------------------------------------------------

-- Sums of days, for reports by day and month: a year of one tenant is thousands of rows here and 24 times as many in
-- the hours.
ALTER TABLE "usage_days" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "usage_days" FORCE ROW LEVEL SECURITY;
GRANT SELECT ON "usage_days" TO inferway_app, inferway_biller;
GRANT SELECT, INSERT, UPDATE ("items", "amount", "compute_ms", "padding_ms") ON "usage_days" TO inferway_ledger;
CREATE POLICY "own_days" ON "usage_days" FOR SELECT TO inferway_app
    USING ("tenant_id" = (SELECT current_setting('app.tenant_id', true)));
CREATE POLICY "biller_reads_days" ON "usage_days" FOR SELECT TO inferway_biller
    USING ((SELECT current_user) = 'inferway_biller');
CREATE POLICY "ledger_days" ON "usage_days" TO inferway_ledger
    USING ((SELECT current_user) = 'inferway_ledger') WITH CHECK ((SELECT current_user) = 'inferway_ledger');

-- As before, and the days with the hours.
CREATE OR REPLACE FUNCTION "roll_up_usage"("most" INTEGER)
RETURNS INTEGER
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
AS $$
DECLARE
    "folded" INTEGER;
BEGIN
    IF NOT pg_try_advisory_xact_lock(72707, 1) THEN
        RETURN NULL;
    END IF;
    WITH "taken" AS (
        DELETE FROM "usage_deltas" WHERE "id" IN (SELECT "id" FROM "usage_deltas" ORDER BY "id" LIMIT "most") RETURNING *
    ),
    "rolled" AS (
        INSERT INTO "usage_rollups" AS "r"
        SELECT "tenant_id", "starts_at", "task", "key_id", "model", "unit", "status",
            sum("items"), sum("amount"), sum("compute_ms"), sum("padding_ms")
        FROM "taken" GROUP BY 1, 2, 3, 4, 5, 6, 7
        ON CONFLICT ("tenant_id", "starts_at", "task", "key_id", "model", "unit", "status") DO UPDATE SET
            "items" = "r"."items" + excluded."items", "amount" = "r"."amount" + excluded."amount",
            "compute_ms" = "r"."compute_ms" + excluded."compute_ms",
            "padding_ms" = "r"."padding_ms" + excluded."padding_ms"
    ),
    "daily" AS (
        INSERT INTO "usage_days" AS "d"
        SELECT "tenant_id", date_trunc('day', "starts_at", 'UTC'), "task", "key_id", "model", "unit", "status",
            sum("items"), sum("amount"), sum("compute_ms"), sum("padding_ms")
        FROM "taken" GROUP BY 1, 2, 3, 4, 5, 6, 7
        ON CONFLICT ("tenant_id", "starts_at", "task", "key_id", "model", "unit", "status") DO UPDATE SET
            "items" = "d"."items" + excluded."items", "amount" = "d"."amount" + excluded."amount",
            "compute_ms" = "d"."compute_ms" + excluded."compute_ms",
            "padding_ms" = "d"."padding_ms" + excluded."padding_ms"
    ),
    "entered" AS (
        INSERT INTO "usage_ledger" AS "l"
        SELECT "tenant_id", date_trunc('hour', "starts_at", 'UTC'), "task", sum("items"), sum("amount"), sum("digest")
        FROM "taken" GROUP BY 1, 2, 3
        ON CONFLICT ("tenant_id", "hour", "task") DO UPDATE SET
            "items" = "l"."items" + excluded."items", "amount" = "l"."amount" + excluded."amount",
            "digest" = "l"."digest" + excluded."digest"
    )
    SELECT count(*) INTO "folded" FROM "taken";
    RETURN "folded";
END
$$;

-- A function that is replaced keeps owner and grants, and loses its search path.
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION "roll_up_usage"(INTEGER) SET search_path = %I, pg_temp', current_schema());
END
$$;

-- Forced row-level security would hide the hours from an owner who is no superuser.
ALTER TABLE "usage_rollups" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "usage_days" NO FORCE ROW LEVEL SECURITY;
INSERT INTO "usage_days"
SELECT "tenant_id", date_trunc('day', "starts_at", 'UTC'), "task", "key_id", "model", "unit", "status",
    sum("items"), sum("amount"), sum("compute_ms"), sum("padding_ms")
FROM "usage_rollups" GROUP BY 1, 2, 3, 4, 5, 6, 7;
ALTER TABLE "usage_rollups" FORCE ROW LEVEL SECURITY;
ALTER TABLE "usage_days" FORCE ROW LEVEL SECURITY;
