-- Tables (what `prisma migrate diff` prints for schema.prisma) ----------------------------------------------------

ALTER TABLE "api_keys"
    ADD COLUMN "scopes" TEXT[] NOT NULL DEFAULT '{*}',
    ADD COLUMN "allowed_origins" TEXT[] NOT NULL DEFAULT '{}',
    ADD COLUMN "allowed_networks" TEXT[] NOT NULL DEFAULT '{}',
    ADD COLUMN "expires_at" TIMESTAMPTZ(3),
    ADD COLUMN "last_used_at" TIMESTAMPTZ(3),
    ADD COLUMN "replaced_by" TEXT;

CREATE TABLE "audit_log" (
    "id" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "address" TEXT,
    "request_id" TEXT,
    "details" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "audit_head" (
    "one" INTEGER NOT NULL DEFAULT 1,
    "id" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_head_pkey" PRIMARY KEY ("one")
);

-- What Prisma's schema cannot say ---------------------------------------------------------------------------------

ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_scopes_not_empty" CHECK (cardinality("scopes") > 0);
ALTER TABLE "audit_log" ADD CONSTRAINT "audit_log_hash_is_sha256" CHECK (octet_length("hash") = 32);
ALTER TABLE "audit_head" ADD CONSTRAINT "audit_head_is_one_row" CHECK ("one" = 1);
-- Where the chain begins: no row yet, and a hash of zeros before the first. The head is what shows that the last
-- rows were cut off, which the chain alone cannot.
INSERT INTO "audit_head" ("id", "hash") VALUES (0, decode(repeat('00', 32), 'hex'));

-- Grants already keep every role from changing the log; this keeps its owner and superusers from doing so by mistake.
CREATE FUNCTION "refuse_audit_change"()
RETURNS TRIGGER
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'the audit log takes new rows only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER "audit_log_is_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_log"
    FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();

-- Every action of an operator is written here in the transaction that does it, with the same role.
GRANT SELECT, INSERT ON "audit_log" TO inferway_directory;
GRANT SELECT, UPDATE ("id", "hash") ON "audit_head" TO inferway_directory;
GRANT UPDATE ("expires_at", "last_used_at", "replaced_by") ON "api_keys" TO inferway_directory;

-- inferway_eraser: owns the function that erases a tenant and is nobody's login. Usage stays, as it was billed.
DO $$
DECLARE
    may_become BOOLEAN;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'inferway_eraser') THEN
        BEGIN
            CREATE ROLE inferway_eraser NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END IF;
    may_become := pg_has_role(current_user, 'inferway_eraser', 'USAGE');
    IF may_become AND current_setting('server_version_num')::INTEGER >= 160000 THEN
        may_become := pg_has_role(current_user, 'inferway_eraser', 'SET');
    END IF;
    IF NOT may_become THEN
        EXECUTE format('GRANT inferway_eraser TO %I', current_user);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO inferway_eraser', current_schema());
END
$$;

GRANT SELECT ("id", "status"), DELETE ON "tenants" TO inferway_eraser;
GRANT SELECT ("tenant_id"), DELETE ON "api_keys", "jobs", "job_shares", "webhook_secrets", "webhook_deliveries",
    "idempotent_replies" TO inferway_eraser;

CREATE POLICY "eraser_tenants" ON "tenants" TO inferway_eraser USING (true);
CREATE POLICY "eraser_keys" ON "api_keys" TO inferway_eraser USING (true);
CREATE POLICY "eraser_jobs" ON "jobs" TO inferway_eraser USING (true);
CREATE POLICY "eraser_job_shares" ON "job_shares" TO inferway_eraser USING (true);
CREATE POLICY "eraser_webhook_secrets" ON "webhook_secrets" TO inferway_eraser USING (true);
CREATE POLICY "eraser_webhook_deliveries" ON "webhook_deliveries" TO inferway_eraser USING (true);
CREATE POLICY "eraser_replies" ON "idempotent_replies" TO inferway_eraser USING (true);

-- What a tenant had here, in one transaction, and how much of it that was; inputs and results go with their job. Only a
-- suspended tenant: its keys are refused already, so that nothing is added while it goes.
CREATE FUNCTION "erase_tenant"("wanted" TEXT)
RETURNS JSONB
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
AS $$
DECLARE
    "jobs_gone" BIGINT;
    "deliveries_gone" BIGINT;
    "replies_gone" BIGINT;
    "keys_gone" BIGINT;
BEGIN
    IF NOT EXISTS (SELECT FROM "tenants" WHERE "id" = "wanted" AND "status" = 'suspended') THEN
        RETURN NULL;
    END IF;
    DELETE FROM "jobs" WHERE "tenant_id" = "wanted";
    GET DIAGNOSTICS "jobs_gone" = ROW_COUNT;
    DELETE FROM "job_shares" WHERE "tenant_id" = "wanted";
    DELETE FROM "webhook_deliveries" WHERE "tenant_id" = "wanted";
    GET DIAGNOSTICS "deliveries_gone" = ROW_COUNT;
    DELETE FROM "webhook_secrets" WHERE "tenant_id" = "wanted";
    DELETE FROM "idempotent_replies" WHERE "tenant_id" = "wanted";
    GET DIAGNOSTICS "replies_gone" = ROW_COUNT;
    DELETE FROM "api_keys" WHERE "tenant_id" = "wanted";
    GET DIAGNOSTICS "keys_gone" = ROW_COUNT;
    DELETE FROM "tenants" WHERE "id" = "wanted";
    RETURN jsonb_build_object('jobs', "jobs_gone", 'webhookDeliveries', "deliveries_gone",
        'replies', "replies_gone", 'keys', "keys_gone");
END
$$;

REVOKE EXECUTE ON FUNCTION "erase_tenant"(TEXT) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "erase_tenant"(TEXT) TO inferway_directory;

-- When keys were last used, many in one statement: a JSON array of {id, at}. Reads nothing, touches nothing else.
CREATE FUNCTION "mark_keys_used"("uses" JSONB)
RETURNS VOID
LANGUAGE sql VOLATILE SECURITY DEFINER
AS $$
    UPDATE "api_keys" k SET "last_used_at" = GREATEST(k."last_used_at", u."at")
    FROM jsonb_to_recordset("uses") AS u("id" TEXT, "at" TIMESTAMPTZ(3))
    WHERE k."id" = u."id"
$$;

REVOKE EXECUTE ON FUNCTION "mark_keys_used"(JSONB) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "mark_keys_used"(JSONB) TO inferway_app;

DROP FUNCTION "find_key"(TEXT);
CREATE FUNCTION "find_key"("wanted" TEXT)
RETURNS TABLE (
    "id" TEXT, "tenant_id" TEXT, "name" TEXT, "role" "key_role", "hash" BYTEA,
    "created_at" TIMESTAMPTZ(3), "revoked_at" TIMESTAMPTZ(3), "weight" DOUBLE PRECISION,
    "status" "tenant_status", "budget" DOUBLE PRECISION, "plan" JSONB,
    "scopes" TEXT[], "allowed_origins" TEXT[], "allowed_networks" TEXT[], "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3), "replaced_by" TEXT
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
        ),
        k."scopes", k."allowed_origins", k."allowed_networks", k."expires_at", k."last_used_at", k."replaced_by"
    FROM "api_keys" k JOIN "tenants" t ON t."id" = k."tenant_id" JOIN "plans" p ON p."id" = t."plan_id"
    WHERE k."id" = "wanted"
$$;

REVOKE EXECUTE ON FUNCTION "find_key"(TEXT) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "find_key"(TEXT) TO inferway_app;

-- As in the first migration: a fixed search path, and CREATE on the schema for the moment of giving a function away.
DO $$
DECLARE
    here TEXT := current_schema();
BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO inferway_directory, inferway_eraser', here);
    EXECUTE format('ALTER FUNCTION "find_key"(TEXT) SET search_path = %I, pg_temp', here);
    ALTER FUNCTION "find_key"(TEXT) OWNER TO inferway_directory;
    EXECUTE format('ALTER FUNCTION "mark_keys_used"(JSONB) SET search_path = %I, pg_temp', here);
    ALTER FUNCTION "mark_keys_used"(JSONB) OWNER TO inferway_directory;
    EXECUTE format('ALTER FUNCTION "erase_tenant"(TEXT) SET search_path = %I, pg_temp', here);
    ALTER FUNCTION "erase_tenant"(TEXT) OWNER TO inferway_eraser;
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM inferway_directory, inferway_eraser', here);
END
$$;
