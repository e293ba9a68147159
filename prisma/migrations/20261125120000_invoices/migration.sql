-- Tables (what `prisma migrate diff` prints for schema.prisma) ----------------------------------------------------

CREATE TABLE "invoices" (
    "tenant_id" TEXT NOT NULL,
    "month" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "total_micros" BIGINT NOT NULL,
    "lines" JSONB NOT NULL,
    "closed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),

    CONSTRAINT "invoices_pkey" PRIMARY KEY ("tenant_id","month")
);

-- What Prisma's schema cannot say ---------------------------------------------------------------------------------

ALTER TABLE "invoices" ADD CONSTRAINT "invoices_month_is_past" CHECK (
    ("month" || '-01')::DATE + INTERVAL '1 month' <= "closed_at" AT TIME ZONE 'UTC'
);
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_total_not_negative" CHECK ("total_micros" >= 0);

ALTER TABLE "invoices" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "invoices" FORCE ROW LEVEL SECURITY;

-- A final invoice is added once and never changed. The moment is the database's own.
GRANT SELECT ON "invoices" TO inferway_app, inferway_biller;
GRANT INSERT ("tenant_id", "month", "currency", "total_micros", "lines") ON "invoices" TO inferway_biller;
CREATE POLICY "own_invoices" ON "invoices" FOR SELECT TO inferway_app
    USING ("tenant_id" = (SELECT current_setting('app.tenant_id', true)));
CREATE POLICY "biller_invoices" ON "invoices" TO inferway_biller
    USING ((SELECT current_user) = 'inferway_biller') WITH CHECK ((SELECT current_user) = 'inferway_biller');
