-- Tables (what `prisma migrate diff` prints for schema.prisma) ----------------------------------------------------

CREATE TABLE "usage_months" (
    "month" TEXT NOT NULL,
    "revision" BIGINT NOT NULL DEFAULT 1,
    "over_since" TIMESTAMPTZ(3),
    "closed_revision" BIGINT,

    CONSTRAINT "usage_months_pkey" PRIMARY KEY ("month")
);

-- What Prisma's schema cannot say ---------------------------------------------------------------------------------

-- Which months have something to close, and since when every look at a clock has found them over: docs/adr/0015. It
-- knows no tenant, so there is nothing in it to keep from one.
GRANT SELECT, INSERT ("month"), UPDATE ("revision") ON "usage_months" TO inferway_ledger;
GRANT SELECT, UPDATE ("over_since", "closed_revision") ON "usage_months" TO inferway_biller;
GRANT SELECT ON "usage_months" TO inferway_backup;

-- As it was, and the months of what is folded get a new revision: they have something to close. Programs of before
-- call it as they did.
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
        SELECT "tenant_id", date_trunc('hour', "starts_at", 'UTC'), "task", sum("items"), sum("amount"), sum("digest"),
            CASE WHEN bool_and("identity" IS NOT NULL) THEN bit_xor("identity") END,
            CASE WHEN bool_and("squares" IS NOT NULL) THEN sum("squares") END
        FROM "taken" GROUP BY 1, 2, 3
        ON CONFLICT ("tenant_id", "hour", "task") DO UPDATE SET
            "items" = "l"."items" + excluded."items", "amount" = "l"."amount" + excluded."amount",
            "digest" = "l"."digest" + excluded."digest", "identity" = "l"."identity" # excluded."identity",
            "squares" = "l"."squares" + excluded."squares"
    ),
    "touched" AS (
        INSERT INTO "usage_months" AS "m" ("month")
        -- In the order in which looks lock them.
        SELECT DISTINCT to_char("starts_at" AT TIME ZONE 'UTC', 'YYYY-MM') FROM "taken" ORDER BY 1
        ON CONFLICT ("month") DO UPDATE SET "revision" = "m"."revision" + 1
    )
    SELECT count(*) INTO "folded" FROM "taken";
    RETURN "folded";
END
$$;

-- Replacing a function takes its settings away, and leaves its owner and who may call it.
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION "roll_up_usage"(INTEGER) SET search_path = %I, pg_temp', current_schema());
END
$$;

-- Every month there is, once: those whose invoices are all closed are found so at the first look that may close them.
-- Forced row-level security would hide the hours from an owner who is no superuser.
ALTER TABLE "usage_ledger" NO FORCE ROW LEVEL SECURITY;
INSERT INTO "usage_months" ("month") SELECT DISTINCT to_char("hour" AT TIME ZONE 'UTC', 'YYYY-MM') FROM "usage_ledger";
ALTER TABLE "usage_ledger" FORCE ROW LEVEL SECURITY;
