-- Tables (what `prisma migrate diff` prints for schema.prisma) ----------------------------------------------------

CREATE TABLE "usage_deltas" (
    "id" BIGSERIAL NOT NULL,
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
    "digest" DECIMAL(40,0) NOT NULL,

    CONSTRAINT "usage_deltas_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "usage_rollups" (
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

    CONSTRAINT "usage_rollups_pkey" PRIMARY KEY ("tenant_id","starts_at","task","key_id","model","unit","status")
);

CREATE TABLE "usage_ledger" (
    "tenant_id" TEXT NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "task" TEXT NOT NULL,
    "items" BIGINT NOT NULL,
    "amount" BIGINT NOT NULL,
    "digest" DECIMAL(40,0) NOT NULL,

    CONSTRAINT "usage_ledger_pkey" PRIMARY KEY ("tenant_id","hour","task")
);

CREATE INDEX "usage_deltas_tenant_id_starts_at_idx" ON "usage_deltas"("tenant_id", "starts_at");

-- What Prisma's schema cannot say ---------------------------------------------------------------------------------

-- Two roles. inferway_ledger owns the functions that write usage and is granted to no program: whoever holds the
-- runtime login can add rows through them and change nothing. inferway_biller reads the usage of all tenants.
DO $$
DECLARE
    role_name TEXT;
    may_become BOOLEAN;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['inferway_ledger', 'inferway_biller'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
        may_become := pg_has_role(current_user, role_name, 'USAGE');
        IF may_become AND current_setting('server_version_num')::INTEGER >= 160000 THEN
            may_become := pg_has_role(current_user, role_name, 'SET');
        END IF;
        IF NOT may_become THEN
            EXECUTE format('GRANT %I TO %I', role_name, current_user);
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), role_name);
    END LOOP;
END
$$;

ALTER TABLE "usage_deltas" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "usage_deltas" FORCE ROW LEVEL SECURITY;
ALTER TABLE "usage_rollups" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "usage_rollups" FORCE ROW LEVEL SECURITY;
ALTER TABLE "usage_ledger" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "usage_ledger" FORCE ROW LEVEL SECURITY;

-- inferway_app: one tenant's sums.
GRANT SELECT ON "usage_deltas", "usage_rollups" TO inferway_app;
CREATE POLICY "own_deltas" ON "usage_deltas" FOR SELECT TO inferway_app
    USING ("tenant_id" = (SELECT current_setting('app.tenant_id', true)));
CREATE POLICY "own_rollups" ON "usage_rollups" FOR SELECT TO inferway_app
    USING ("tenant_id" = (SELECT current_setting('app.tenant_id', true)));

-- inferway_biller: reads, changes nothing. A policy holds for members of its role too, who have not become it: they
-- see nothing here until they do.
GRANT SELECT ON "usage_rows", "usage_deltas", "usage_rollups", "usage_ledger", "prices" TO inferway_biller;
CREATE POLICY "biller_reads_rows" ON "usage_rows" FOR SELECT TO inferway_biller
    USING ((SELECT current_user) = 'inferway_biller');
CREATE POLICY "biller_reads_deltas" ON "usage_deltas" FOR SELECT TO inferway_biller
    USING ((SELECT current_user) = 'inferway_biller');
CREATE POLICY "biller_reads_rollups" ON "usage_rollups" FOR SELECT TO inferway_biller
    USING ((SELECT current_user) = 'inferway_biller');
CREATE POLICY "biller_reads_ledger" ON "usage_ledger" FOR SELECT TO inferway_biller
    USING ((SELECT current_user) = 'inferway_biller');

-- inferway_ledger: rows and deltas are added, deltas are folded into roll-ups and ledger, and there nothing but sums
-- changes. The meter alone could add rows without their delta, so it keeps no right but that of calling the function.
REVOKE INSERT ON "usage_rows" FROM inferway_meter;
DROP POLICY "meter_adds" ON "usage_rows";

GRANT SELECT, INSERT ON "usage_rows" TO inferway_ledger;
GRANT SELECT, INSERT, DELETE ON "usage_deltas" TO inferway_ledger;
GRANT USAGE ON SEQUENCE "usage_deltas_id_seq" TO inferway_ledger;
GRANT SELECT, INSERT, UPDATE ("items", "amount", "compute_ms", "padding_ms") ON "usage_rollups" TO inferway_ledger;
GRANT SELECT, INSERT, UPDATE ("items", "amount", "digest") ON "usage_ledger" TO inferway_ledger;
GRANT SELECT ON "prices" TO inferway_ledger;
CREATE POLICY "ledger_rows" ON "usage_rows" TO inferway_ledger
    USING ((SELECT current_user) = 'inferway_ledger') WITH CHECK ((SELECT current_user) = 'inferway_ledger');
CREATE POLICY "ledger_deltas" ON "usage_deltas" TO inferway_ledger
    USING ((SELECT current_user) = 'inferway_ledger') WITH CHECK ((SELECT current_user) = 'inferway_ledger');
CREATE POLICY "ledger_rollups" ON "usage_rollups" TO inferway_ledger
    USING ((SELECT current_user) = 'inferway_ledger') WITH CHECK ((SELECT current_user) = 'inferway_ledger');
CREATE POLICY "ledger_ledger" ON "usage_ledger" TO inferway_ledger
    USING ((SELECT current_user) = 'inferway_ledger') WITH CHECK ((SELECT current_user) = 'inferway_ledger');

-- 60 bits of the SHA-256 of every field of a row. Digests of an hour are added up: the sum does not depend on the order
-- in which rows came, and a row that is changed, missing or added later changes it. Of a time its microseconds are
-- taken and of a float its shortest exact text, so that no setting of a session has a say.
CREATE FUNCTION "usage_digest"("row" "usage_rows")
RETURNS DECIMAL
LANGUAGE sql STABLE
AS $$
    SELECT ('x' || left(encode(sha256(convert_to(concat_ws(E'\x1f',
        "row"."tenant_id", "row"."request_id", "row"."item", "row"."key_id", "row"."task", "row"."model", "row"."unit",
        "row"."amount", "row"."status", float8send("row"."compute_ms"), float8send("row"."padding_ms"),
        float8send("row"."queue_ms"), float8send("row"."inference_ms"), extract(epoch FROM "row"."at")
    ), 'UTF8')), 'hex'), 15))::BIT(60)::BIGINT::DECIMAL
$$;

-- As before, rows are added and one that is there is left as it is. In the same statement, for those that were new and
-- for no others, a delta per group goes beside them: rows and sums cannot part, whenever the process dies. A delta is
-- a row of its own, so that gateways that bill one tenant at the same moment do not wait for one another.
-- An hour in which a price of the task starts is cut there: each slice has one price.
CREATE OR REPLACE FUNCTION "record_usage"("rows" JSONB)
RETURNS VOID
LANGUAGE sql VOLATILE SECURITY DEFINER
AS $$
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
    FROM "sliced" GROUP BY 1, 2, 3, 4, 5, 6, 7
$$;

-- Folds the oldest deltas into roll-ups and ledger, in one statement: what is read meanwhile is wholly here or wholly
-- there. NULL when another process is at it.
CREATE FUNCTION "roll_up_usage"("most" INTEGER)
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

REVOKE EXECUTE ON FUNCTION "roll_up_usage"(INTEGER) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "roll_up_usage"(INTEGER) TO inferway_biller;

-- As in the first migration: a fixed search path, and CREATE on the schema for the moment of giving a function away.
DO $$
DECLARE
    here TEXT := current_schema();
BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO inferway_ledger', here);
    EXECUTE format('ALTER FUNCTION "record_usage"(JSONB) SET search_path = %I, pg_temp', here);
    ALTER FUNCTION "record_usage"(JSONB) OWNER TO inferway_ledger;
    -- What the owner before could do went to the new one with the function.
    GRANT EXECUTE ON FUNCTION "record_usage"(JSONB) TO inferway_meter;
    EXECUTE format('ALTER FUNCTION "roll_up_usage"(INTEGER) SET search_path = %I, pg_temp', here);
    ALTER FUNCTION "roll_up_usage"(INTEGER) OWNER TO inferway_ledger;
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM inferway_ledger', here);
END
$$;

-- What was metered before this migration is rolled up like the rest. Forced row-level security would hide the rows
-- from an owner who is no superuser; nobody else sees this transaction.
ALTER TABLE "usage_rows" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "usage_deltas" NO FORCE ROW LEVEL SECURITY;
INSERT INTO "usage_deltas" ("tenant_id", "starts_at", "task", "key_id", "model", "unit", "status",
    "items", "amount", "compute_ms", "padding_ms", "digest")
SELECT "tenant_id", date_trunc('hour', "at", 'UTC'), "task", "key_id", "model", "unit", "status",
    count(*), sum("amount"), sum("compute_ms"), sum("padding_ms"), sum(usage_digest("u"))
FROM "usage_rows" "u" GROUP BY 1, 2, 3, 4, 5, 6, 7;
ALTER TABLE "usage_rows" FORCE ROW LEVEL SECURITY;
ALTER TABLE "usage_deltas" FORCE ROW LEVEL SECURITY;
