-- A policy holds for members of its role too, who have not become it. A login that is granted these roles saw the rows
-- of every tenant in a statement outside of them: now it has to take the role, as the code does, and else sees nothing.

ALTER POLICY "directory_tenants" ON "tenants"
    USING ((SELECT current_user) = 'inferway_directory') WITH CHECK ((SELECT current_user) = 'inferway_directory');
ALTER POLICY "directory_keys" ON "api_keys"
    USING ((SELECT current_user) = 'inferway_directory') WITH CHECK ((SELECT current_user) = 'inferway_directory');

ALTER POLICY "janitor_sees_expired" ON "idempotent_replies"
    USING ((SELECT current_user) = 'inferway_janitor' AND "expires_at" <= now());
ALTER POLICY "janitor_deletes_expired" ON "idempotent_replies"
    USING ((SELECT current_user) = 'inferway_janitor' AND "expires_at" <= now());

ALTER POLICY "runner_jobs" ON "jobs"
    USING ((SELECT current_user) = 'inferway_runner') WITH CHECK ((SELECT current_user) = 'inferway_runner');
ALTER POLICY "runner_job_chunks" ON "job_chunks"
    USING ((SELECT current_user) = 'inferway_runner') WITH CHECK ((SELECT current_user) = 'inferway_runner');
ALTER POLICY "runner_job_shares" ON "job_shares"
    USING ((SELECT current_user) = 'inferway_runner') WITH CHECK ((SELECT current_user) = 'inferway_runner');
ALTER POLICY "runner_webhook_deliveries" ON "webhook_deliveries"
    USING ((SELECT current_user) = 'inferway_runner') WITH CHECK ((SELECT current_user) = 'inferway_runner');

ALTER POLICY "eraser_tenants" ON "tenants" USING ((SELECT current_user) = 'inferway_eraser');
ALTER POLICY "eraser_keys" ON "api_keys" USING ((SELECT current_user) = 'inferway_eraser');
ALTER POLICY "eraser_jobs" ON "jobs" USING ((SELECT current_user) = 'inferway_eraser');
ALTER POLICY "eraser_job_shares" ON "job_shares" USING ((SELECT current_user) = 'inferway_eraser');
ALTER POLICY "eraser_webhook_secrets" ON "webhook_secrets" USING ((SELECT current_user) = 'inferway_eraser');
ALTER POLICY "eraser_webhook_deliveries" ON "webhook_deliveries" USING ((SELECT current_user) = 'inferway_eraser');
ALTER POLICY "eraser_replies" ON "idempotent_replies" USING ((SELECT current_user) = 'inferway_eraser');
