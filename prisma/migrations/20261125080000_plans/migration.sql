-- Tables (what `prisma migrate diff` prints for schema.prisma) ----------------------------------------------------

CREATE TYPE "tenant_status" AS ENUM ('active', 'suspended');

CREATE TABLE "plans" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "rate_per_second" DOUBLE PRECISION,
    "burst" INTEGER,
    "concurrency" INTEGER,
    "monthly_units" JSONB NOT NULL DEFAULT '{}',
    "soft_threshold" DOUBLE PRECISION NOT NULL DEFAULT 0.8,
    "max_items" INTEGER,
    "weight" DOUBLE PRECISION NOT NULL DEFAULT 1,
    "retention_days" INTEGER NOT NULL DEFAULT 7,
    "cors_origins" TEXT[] NOT NULL DEFAULT '{}',

    CONSTRAINT "plans_pkey" PRIMARY KEY ("id")
);

INSERT INTO "plans" ("id", "name") VALUES ('standard', 'Standard');

ALTER TABLE "tenants"
    ADD COLUMN "plan_id" TEXT NOT NULL DEFAULT 'standard',
    ADD COLUMN "status" "tenant_status" NOT NULL DEFAULT 'active',
    ADD COLUMN "budget" BIGINT,
    ALTER COLUMN "weight" DROP NOT NULL,
    ALTER COLUMN "weight" DROP DEFAULT,
    ALTER COLUMN "retention_days" DROP NOT NULL,
    ALTER COLUMN "retention_days" DROP DEFAULT;

CREATE INDEX "tenants_plan_id_idx" ON "tenants"("plan_id");

ALTER TABLE "tenants" ADD CONSTRAINT "tenants_plan_id_fkey" FOREIGN KEY ("plan_id") REFERENCES "plans"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- What Prisma's schema cannot say ---------------------------------------------------------------------------------

-- Nobody chose what was the default, so it is the plan's from here on. Rewritten by ALTER and not by UPDATE: row-level
-- security hides the rows from an owner who is no superuser.
ALTER TABLE "tenants"
    ALTER COLUMN "weight" TYPE DOUBLE PRECISION USING NULLIF("weight", 1),
    ALTER COLUMN "retention_days" TYPE INTEGER USING NULLIF("retention_days", 7);

-- As far as a JavaScript number is exact.
ALTER TABLE "tenants" ADD CONSTRAINT "tenants_budget_range" CHECK ("budget" BETWEEN 0 AND 9007199254740991);
ALTER TABLE "plans" ADD CONSTRAINT "plans_id_is_slug" CHECK ("id" ~ '^[a-z0-9][a-z0-9-]{0,63}$');
ALTER TABLE "plans" ADD CONSTRAINT "plans_rate_with_burst" CHECK (("rate_per_second" IS NULL) = ("burst" IS NULL));
ALTER TABLE "plans" ADD CONSTRAINT "plans_limits_positive" CHECK (
    "rate_per_second" > 0 AND "burst" > 0 AND "concurrency" > 0 AND "max_items" > 0 AND "weight" > 0
);
ALTER TABLE "plans" ADD CONSTRAINT "plans_soft_threshold_range" CHECK ("soft_threshold" > 0 AND "soft_threshold" <= 1);
ALTER TABLE "plans" ADD CONSTRAINT "plans_retention_days_range" CHECK ("retention_days" BETWEEN 1 AND 3650);
ALTER TABLE "plans" ADD CONSTRAINT "plans_monthly_units_is_object" CHECK (jsonb_typeof("monthly_units") = 'object');

-- Plans are nobody's in particular: no row-level security, and only the directory role reads or changes them.
GRANT SELECT, INSERT, DELETE ON "plans" TO inferway_directory;
GRANT UPDATE ("name", "rate_per_second", "burst", "concurrency", "monthly_units", "soft_threshold", "max_items", "weight",
    "retention_days", "cors_origins") ON "plans" TO inferway_directory;
GRANT UPDATE ("name", "plan_id", "status", "weight", "retention_days", "budget") ON "tenants" TO inferway_directory;

-- One look-up gives the key, what its tenant may do and the whole plan. `weight` stays a column of its own: a program
-- of the version before goes on reading it while it is being replaced.
DROP FUNCTION "find_key"(TEXT);
CREATE FUNCTION "find_key"("wanted" TEXT)
RETURNS TABLE (
    "id" TEXT, "tenant_id" TEXT, "name" TEXT, "role" "key_role", "hash" BYTEA,
    "created_at" TIMESTAMPTZ(3), "revoked_at" TIMESTAMPTZ(3), "weight" DOUBLE PRECISION,
    "status" "tenant_status", "budget" DOUBLE PRECISION, "plan" JSONB
)
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
    SELECT k."id", k."tenant_id", k."name", k."role", k."hash", k."created_at", k."revoked_at",
        COALESCE(t."weight", p."weight"), t."status", t."budget"::DOUBLE PRECISION,
        jsonb_build_object(
            'id', p."id", 'name', p."name", 'ratePerSecond', p."rate_per_second", 'burst', p."burst",
            'concurrency', p."concurrency", 'monthlyUnits', p."monthly_units", 'softThreshold', p."soft_threshold",
            'maxItems', p."max_items", 'weight', p."weight", 'retentionDays', p."retention_days",
            'corsOrigins', to_jsonb(p."cors_origins")
        )
    FROM "api_keys" k JOIN "tenants" t ON t."id" = k."tenant_id" JOIN "plans" p ON p."id" = t."plan_id"
    WHERE k."id" = "wanted"
$$;

REVOKE EXECUTE ON FUNCTION "find_key"(TEXT) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "find_key"(TEXT) TO inferway_app;

DROP FUNCTION "job_retention_days"();
CREATE FUNCTION "job_retention_days"()
RETURNS INTEGER
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
    SELECT COALESCE((
        SELECT COALESCE(t."retention_days", p."retention_days")
        FROM "tenants" t JOIN "plans" p ON p."id" = t."plan_id"
        WHERE t."id" = current_setting('app.tenant_id', true)
    ), 7)
$$;

REVOKE EXECUTE ON FUNCTION "job_retention_days"() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "job_retention_days"() TO inferway_app;

-- As in the first migration: a fixed search path, and CREATE on the schema for the moment of giving a function away.
DO $$
DECLARE
    here TEXT := current_schema();
BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO inferway_directory', here);
    EXECUTE format('ALTER FUNCTION "find_key"(TEXT) SET search_path = %I, pg_temp', here);
    ALTER FUNCTION "find_key"(TEXT) OWNER TO inferway_directory;
    EXECUTE format('ALTER FUNCTION "job_retention_days"() SET search_path = %I, pg_temp', here);
    ALTER FUNCTION "job_retention_days"() OWNER TO inferway_directory;
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM inferway_directory', here);
END
$$;
