-- Tables (what `prisma migrate diff` prints for schema.prisma) ----------------------------------------------------

CREATE TABLE "inspection_profiles" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "archived_at" TIMESTAMPTZ(3),

    CONSTRAINT "inspection_profiles_pkey" PRIMARY KEY ("tenant_id","id")
);

CREATE TABLE "inspection_profile_versions" (
    "tenant_id" TEXT NOT NULL,
    "profile_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "definition" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "inspection_profile_versions_pkey" PRIMARY KEY ("tenant_id","profile_id","version")
);

ALTER TABLE "inspection_profile_versions" ADD CONSTRAINT "inspection_profile_versions_tenant_id_profile_id_fkey" FOREIGN KEY ("tenant_id", "profile_id") REFERENCES "inspection_profiles"("tenant_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- What Prisma's schema cannot say ---------------------------------------------------------------------------------

ALTER TABLE "inspection_profiles" ADD CONSTRAINT "inspection_profiles_version_positive" CHECK ("version" > 0);

ALTER TABLE "inspection_profiles" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "inspection_profiles" FORCE ROW LEVEL SECURITY;
ALTER TABLE "inspection_profile_versions" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "inspection_profile_versions" FORCE ROW LEVEL SECURITY;

-- inferway_app: adds versions to its tenant's profiles; nobody is granted to change one.
GRANT SELECT, INSERT, UPDATE ("version", "archived_at") ON "inspection_profiles" TO inferway_app;
GRANT SELECT, INSERT ON "inspection_profile_versions" TO inferway_app;

CREATE POLICY "own_inspection_profiles" ON "inspection_profiles" TO inferway_app
    USING ("tenant_id" = (SELECT current_setting('app.tenant_id', true)))
    WITH CHECK ("tenant_id" = (SELECT current_setting('app.tenant_id', true)));
CREATE POLICY "own_inspection_profile_versions" ON "inspection_profile_versions" TO inferway_app
    USING ("tenant_id" = (SELECT current_setting('app.tenant_id', true)))
    WITH CHECK ("tenant_id" = (SELECT current_setting('app.tenant_id', true)));

GRANT SELECT ON "inspection_profiles", "inspection_profile_versions" TO inferway_backup;
CREATE POLICY "backup_reads" ON "inspection_profiles" FOR SELECT TO inferway_backup
    USING ((SELECT current_user) = 'inferway_backup');
CREATE POLICY "backup_reads" ON "inspection_profile_versions" FOR SELECT TO inferway_backup
    USING ((SELECT current_user) = 'inferway_backup');

-- A tenant that is erased takes its profiles with it.
GRANT SELECT ("tenant_id"), DELETE ON "inspection_profiles" TO inferway_eraser;
CREATE POLICY "eraser_inspection_profiles" ON "inspection_profiles" TO inferway_eraser
    USING ((SELECT current_user) = 'inferway_eraser');

DROP FUNCTION "erase_tenant"(TEXT);
CREATE FUNCTION "erase_tenant"("wanted" TEXT)
RETURNS JSONB
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
AS $$
DECLARE
    "jobs_gone" BIGINT;
    "deliveries_gone" BIGINT;
    "profiles_gone" BIGINT;
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
    DELETE FROM "inspection_profiles" WHERE "tenant_id" = "wanted";
    GET DIAGNOSTICS "profiles_gone" = ROW_COUNT;
    DELETE FROM "idempotent_replies" WHERE "tenant_id" = "wanted";
    GET DIAGNOSTICS "replies_gone" = ROW_COUNT;
    DELETE FROM "api_keys" WHERE "tenant_id" = "wanted";
    GET DIAGNOSTICS "keys_gone" = ROW_COUNT;
    DELETE FROM "tenants" WHERE "id" = "wanted";
    RETURN jsonb_build_object('jobs', "jobs_gone", 'webhookDeliveries', "deliveries_gone",
        'inspectionProfiles', "profiles_gone", 'replies', "replies_gone", 'keys', "keys_gone");
END
$$;

REVOKE EXECUTE ON FUNCTION "erase_tenant"(TEXT) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "erase_tenant"(TEXT) TO inferway_directory;

-- As in the first migration: a fixed search path, and CREATE on the schema for the moment of giving a function away.
DO $$
DECLARE
    here TEXT := current_schema();
BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO inferway_eraser', here);
    EXECUTE format('ALTER FUNCTION "erase_tenant"(TEXT) SET search_path = %I, pg_temp', here);
    ALTER FUNCTION "erase_tenant"(TEXT) OWNER TO inferway_eraser;
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM inferway_eraser', here);
END
$$;
