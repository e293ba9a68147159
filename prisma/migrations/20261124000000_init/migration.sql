-- Tables (what `prisma migrate diff` prints for schema.prisma) ----------------------------------------------------

CREATE TYPE "key_role" AS ENUM ('tenant', 'admin');

CREATE TABLE "tenants" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "weight" DOUBLE PRECISION NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "tenants_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" "key_role" NOT NULL,
    "hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "usage_rows" (
    "tenant_id" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "item" INTEGER NOT NULL,
    "key_id" TEXT NOT NULL,
    "task" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "amount" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "compute_ms" DOUBLE PRECISION NOT NULL,
    "padding_ms" DOUBLE PRECISION NOT NULL,
    "queue_ms" DOUBLE PRECISION NOT NULL,
    "inference_ms" DOUBLE PRECISION NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "usage_rows_pkey" PRIMARY KEY ("tenant_id","request_id","item","status")
);

CREATE TABLE "idempotent_replies" (
    "tenant_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "body_hash" BYTEA NOT NULL,
    "request_id" TEXT NOT NULL,
    "locked_until" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "reply" BYTEA,

    CONSTRAINT "idempotent_replies_pkey" PRIMARY KEY ("tenant_id","key")
);

CREATE INDEX "api_keys_tenant_id_idx" ON "api_keys"("tenant_id");

CREATE INDEX "usage_rows_tenant_id_at_idx" ON "usage_rows"("tenant_id", "at");

CREATE INDEX "idempotent_replies_expires_at_idx" ON "idempotent_replies"("expires_at");

ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- An unset tenant reads as '' or null: neither may ever be a tenant's id.
ALTER TABLE "tenants" ADD CONSTRAINT "tenants_id_not_empty" CHECK ("id" <> '');
ALTER TABLE "tenants" ADD CONSTRAINT "tenants_weight_positive" CHECK ("weight" > 0);
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_hash_is_sha256" CHECK (octet_length("hash") = 32);
ALTER TABLE "usage_rows" ADD CONSTRAINT "usage_rows_amount_not_negative" CHECK ("amount" >= 0);

-- Roles -----------------------------------------------------------------------------------------------------------
-- Roles belong to the whole server, so other databases on it may have made them first, also at this very moment.
-- A migrating user without CREATEROLE needs them made beforehand (docs/adr/0002-database.md).

DO $$
DECLARE
    role_name TEXT;
    may_become BOOLEAN;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['inferway_app', 'inferway_meter', 'inferway_directory', 'inferway_janitor'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
        -- From 16 on whoever makes a role is its administrator without being allowed to become it.
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

-- Row-level security: forced, so that the owner of the tables is held by it as well -------------------------------

ALTER TABLE "tenants" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "tenants" FORCE ROW LEVEL SECURITY;
ALTER TABLE "api_keys" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "api_keys" FORCE ROW LEVEL SECURITY;
ALTER TABLE "usage_rows" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "usage_rows" FORCE ROW LEVEL SECURITY;
ALTER TABLE "idempotent_replies" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "idempotent_replies" FORCE ROW LEVEL SECURITY;

-- inferway_app: one tenant's rows, and none while no tenant is set. The sub-select is evaluated once a statement.
GRANT SELECT ON "usage_rows" TO inferway_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "idempotent_replies" TO inferway_app;

CREATE POLICY "own_usage" ON "usage_rows" FOR SELECT TO inferway_app
    USING ("tenant_id" = (SELECT current_setting('app.tenant_id', true)));
CREATE POLICY "own_replies" ON "idempotent_replies" TO inferway_app
    USING ("tenant_id" = (SELECT current_setting('app.tenant_id', true)))
    WITH CHECK ("tenant_id" = (SELECT current_setting('app.tenant_id', true)));

-- inferway_meter: adds usage of any tenant, reads and changes nothing.
GRANT INSERT ON "usage_rows" TO inferway_meter;

CREATE POLICY "meter_adds" ON "usage_rows" FOR INSERT TO inferway_meter WITH CHECK (true);

-- inferway_directory: tenants and keys for operators; no usage, no replies, no deletion, and of a key only its
-- revocation may change.
GRANT SELECT, INSERT ON "tenants" TO inferway_directory;
GRANT SELECT, INSERT, UPDATE ("revoked_at") ON "api_keys" TO inferway_directory;

CREATE POLICY "directory_tenants" ON "tenants" TO inferway_directory USING (true) WITH CHECK (true);
CREATE POLICY "directory_keys" ON "api_keys" TO inferway_directory USING (true) WITH CHECK (true);

-- inferway_janitor: sees that a remembered reply has expired, never the reply, and may delete only such rows.
GRANT SELECT ("tenant_id", "key", "expires_at"), DELETE ON "idempotent_replies" TO inferway_janitor;

CREATE POLICY "janitor_sees_expired" ON "idempotent_replies" FOR SELECT TO inferway_janitor
    USING ("expires_at" <= now());
CREATE POLICY "janitor_deletes_expired" ON "idempotent_replies" FOR DELETE TO inferway_janitor
    USING ("expires_at" <= now());

-- Authentication looks a key up before its tenant is known. This function gives one row for one exact id with the
-- directory's rights, so that nothing on the request path can list keys.
CREATE FUNCTION "find_key"("wanted" TEXT)
RETURNS TABLE (
    "id" TEXT, "tenant_id" TEXT, "name" TEXT, "role" "key_role", "hash" BYTEA,
    "created_at" TIMESTAMPTZ(3), "revoked_at" TIMESTAMPTZ(3), "weight" DOUBLE PRECISION
)
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
    SELECT k."id", k."tenant_id", k."name", k."role", k."hash", k."created_at", k."revoked_at", t."weight"
    FROM "api_keys" k JOIN "tenants" t ON t."id" = k."tenant_id"
    WHERE k."id" = "wanted"
$$;

REVOKE EXECUTE ON FUNCTION "find_key"(TEXT) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "find_key"(TEXT) TO inferway_app;

-- Usage comes as one JSON array of rows keyed by column and is added with the meter's rights: one statement is one
-- transaction and one round trip. A row that is there already is left as it is, so that writing twice counts once.
CREATE FUNCTION "record_usage"("rows" JSONB)
RETURNS VOID
LANGUAGE sql VOLATILE SECURITY DEFINER
AS $$
    INSERT INTO "usage_rows" SELECT * FROM jsonb_populate_recordset(NULL::"usage_rows", "rows") ON CONFLICT DO NOTHING
$$;

REVOKE EXECUTE ON FUNCTION "record_usage"(JSONB) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "record_usage"(JSONB) TO inferway_meter;

-- The schema of the tables alone is searched, or a caller's search_path could stand other tables in their place.
-- Giving a function away needs CREATE on the schema for a moment when the migrating user is not a superuser.
DO $$
DECLARE
    here TEXT := current_schema();
BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO inferway_directory, inferway_meter', here);
    EXECUTE format('ALTER FUNCTION "find_key"(TEXT) SET search_path = %I, pg_temp', here);
    ALTER FUNCTION "find_key"(TEXT) OWNER TO inferway_directory;
    EXECUTE format('ALTER FUNCTION "record_usage"(JSONB) SET search_path = %I, pg_temp', here);
    ALTER FUNCTION "record_usage"(JSONB) OWNER TO inferway_meter;
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM inferway_directory, inferway_meter', here);
END
$$;

-- A program that runs without the right to change tables still compares migrations with its own when it starts.
DO $$
BEGIN
    IF to_regclass('_prisma_migrations') IS NOT NULL THEN
        GRANT SELECT ON "_prisma_migrations" TO inferway_app;
    END IF;
END
$$;
