-- A role that reads every table and changes none, for backups. What it reads of payloads is sealed. It is granted to the
-- owner of the tables alone: whoever holds the runtime login cannot take all tenants' rows away at once.
DO $$
DECLARE
    each_table RECORD;
    may_become BOOLEAN;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'inferway_backup') THEN
        BEGIN
            CREATE ROLE inferway_backup NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END IF;
    may_become := pg_has_role(current_user, 'inferway_backup', 'USAGE');
    IF may_become AND current_setting('server_version_num')::INTEGER >= 160000 THEN
        may_become := pg_has_role(current_user, 'inferway_backup', 'SET');
    END IF;
    IF NOT may_become THEN
        EXECUTE format('GRANT inferway_backup TO %I', current_user);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO inferway_backup', current_schema());
    -- A table that a later migration makes needs both of these there.
    FOR each_table IN
        SELECT "relname", "relrowsecurity" FROM pg_class
        WHERE "relkind" = 'r' AND "relnamespace" = current_schema()::regnamespace
    LOOP
        EXECUTE format('GRANT SELECT ON %I TO inferway_backup', each_table."relname");
        IF each_table."relrowsecurity" THEN
            EXECUTE format(
                'CREATE POLICY "backup_reads" ON %I FOR SELECT TO inferway_backup USING ((SELECT current_user) = ''inferway_backup'')',
                each_table."relname"
            );
        END IF;
    END LOOP;
END
$$;
