-- Tables (what `prisma migrate diff` prints for schema.prisma) ----------------------------------------------------

ALTER TABLE "usage_deltas" ADD COLUMN "squares" DECIMAL(60,0);
ALTER TABLE "usage_ledger" ADD COLUMN "squares" DECIMAL(60,0);
ALTER TABLE "usage_drops" ADD COLUMN "squares" DECIMAL(60,0);
-- After the column: what was dropped before stays unknown.
ALTER TABLE "usage_drops" ALTER COLUMN "squares" SET DEFAULT 0;

-- What Prisma's schema cannot say ---------------------------------------------------------------------------------

GRANT UPDATE ("squares") ON "usage_ledger" TO inferway_ledger;
GRANT UPDATE ("squares") ON "usage_drops" TO inferway_pruner;

-- The three functions as they were, and squares of digests beside digests: where one row was altered, from d to e, the
-- sums differ by e - d and by e * e - d * d, which together say e, and so the row. NULL is unknown, and so is every sum
-- with it. Digests are computed in RETURNING: a step later, where they are used twice, they would be computed twice.
-- Programs of before call the functions as they did.

CREATE OR REPLACE FUNCTION "record_usage"("rows" JSONB)
RETURNS VOID
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
AS $$
BEGIN
    WITH "added" AS (
        INSERT INTO "usage_rows" AS "u" SELECT * FROM jsonb_populate_recordset(NULL::"usage_rows", "rows")
        ON CONFLICT DO NOTHING
        RETURNING "tenant_id", "at", "task", "key_id", "model", "unit", "status", "amount", "compute_ms", "padding_ms",
            usage_digest("u") AS "digest", usage_identity("u") AS "identity"
    ),
    "sliced" AS (
        SELECT *, GREATEST(date_trunc('hour', "at", 'UTC'), (
            SELECT max("p"."valid_from") FROM "prices" "p" WHERE "p"."task" = "added"."task"
            AND "p"."valid_from" > date_trunc('hour', "at", 'UTC') AND "p"."valid_from" <= "at"
        )) AS "starts_at"
        FROM "added"
    )
    INSERT INTO "usage_deltas" ("tenant_id", "starts_at", "task", "key_id", "model", "unit", "status",
        "items", "amount", "compute_ms", "padding_ms", "digest", "identity", "squares")
    SELECT "tenant_id", "starts_at", "task", "key_id", "model", "unit", "status",
        count(*), sum("amount"), sum("compute_ms"), sum("padding_ms"), sum("digest"), bit_xor("identity"),
        sum("digest" * "digest")
    FROM "sliced" GROUP BY 1, 2, 3, 4, 5, 6, 7;
END
$$;

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
    )
    SELECT count(*) INTO "folded" FROM "taken";
    RETURN "folded";
END
$$;

CREATE OR REPLACE FUNCTION "drop_usage"("keep_months" INTEGER, "most" INTEGER)
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
        DELETE FROM "usage_rows" AS "r" WHERE ("tenant_id", "request_id", "item", "status") IN (
            SELECT "u"."tenant_id", "u"."request_id", "u"."item", "u"."status" FROM "usage_rows" "u"
            WHERE "u"."tenant_id" = "tenant" AND "u"."at" >= "start"
            AND "u"."at" < ("start" AT TIME ZONE 'UTC' + INTERVAL '1 month') AT TIME ZONE 'UTC'
            ORDER BY "u"."at" LIMIT "most"
        ) RETURNING "amount", usage_digest("r") AS "digest", usage_identity("r") AS "identity"
    )
    SELECT count(*)::INTEGER AS "items", COALESCE(sum("amount"), 0) AS "amount",
        COALESCE(sum("digest"), 0) AS "digest", COALESCE(bit_xor("identity"), 0::BIT(640)) AS "identity",
        COALESCE(sum("digest" * "digest"), 0) AS "squares" INTO "sums" FROM "gone";
    UPDATE "usage_drops" "d" SET
        "items" = "d"."items" + "sums"."items", "amount" = "d"."amount" + "sums"."amount",
        "digest" = "d"."digest" + "sums"."digest", "identity" = "d"."identity" # "sums"."identity",
        "squares" = "d"."squares" + "sums"."squares",
        "finished_at" = CASE WHEN "sums"."items" < "most" THEN now() END
    WHERE "d"."tenant_id" = "tenant" AND "d"."month" = "dropped";
    RETURN "sums"."items";
END
$$;

-- Replacing a function takes its settings away, and leaves its owner and who may call it.
DO $$
DECLARE
    here TEXT := current_schema();
BEGIN
    EXECUTE format('ALTER FUNCTION "record_usage"(JSONB) SET search_path = %I, pg_temp', here);
    EXECUTE format('ALTER FUNCTION "roll_up_usage"(INTEGER) SET search_path = %I, pg_temp', here);
    EXECUTE format('ALTER FUNCTION "drop_usage"(INTEGER, INTEGER) SET search_path = %I, pg_temp', here);
END
$$;
