-- The meter's statement as it was, in a language whose plans a session keeps: functions of plain SQL are parsed and
-- planned anew at every call, which was half of what a commit cost on PGlite. Programs of before call it as they did.
CREATE OR REPLACE FUNCTION "record_usage"("rows" JSONB)
RETURNS VOID
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
AS $$
BEGIN
    WITH "added" AS (
        INSERT INTO "usage_rows" SELECT * FROM jsonb_populate_recordset(NULL::"usage_rows", "rows")
        ON CONFLICT DO NOTHING RETURNING *
    ),
    "sliced" AS (
        SELECT *, usage_digest("added") AS "digest", GREATEST(date_trunc('hour', "at", 'UTC'), (
            SELECT max("p"."valid_from") FROM "prices" "p" WHERE "p"."task" = "added"."task"
            AND "p"."valid_from" > date_trunc('hour', "at", 'UTC') AND "p"."valid_from" <= "at"
        )) AS "starts_at"
        FROM "added"
    )
    INSERT INTO "usage_deltas" ("tenant_id", "starts_at", "task", "key_id", "model", "unit", "status",
        "items", "amount", "compute_ms", "padding_ms", "digest")
    SELECT "tenant_id", "starts_at", "task", "key_id", "model", "unit", "status",
        count(*), sum("amount"), sum("compute_ms"), sum("padding_ms"), sum("digest")
    FROM "sliced" GROUP BY 1, 2, 3, 4, 5, 6, 7;
END
$$;

-- Replacing a function takes its settings away, and leaves its owner and who may call it.
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION "record_usage"(JSONB) SET search_path = %I, pg_temp', current_schema());
END
$$;
