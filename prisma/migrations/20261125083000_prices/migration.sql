-- Tables (what `prisma migrate diff` prints for schema.prisma) ----------------------------------------------------

CREATE TABLE "prices" (
    "id" TEXT NOT NULL,
    "task" TEXT NOT NULL,
    "model" TEXT NOT NULL DEFAULT '',
    "price_micros" BIGINT NOT NULL,
    "per_units" INTEGER NOT NULL,
    "currency" TEXT NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),

    CONSTRAINT "prices_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "prices_task_model_valid_from_key" ON "prices"("task", "model", "valid_from");

-- What Prisma's schema cannot say ---------------------------------------------------------------------------------

-- 2^53 - 1: what every number of JSON and JavaScript can hold without loss.
ALTER TABLE "prices" ADD CONSTRAINT "prices_micros_range" CHECK ("price_micros" BETWEEN 0 AND 9007199254740991);
ALTER TABLE "prices" ADD CONSTRAINT "prices_per_units_positive" CHECK ("per_units" > 0);
ALTER TABLE "prices" ADD CONSTRAINT "prices_currency_is_iso_4217" CHECK ("currency" ~ '^[A-Z]{3}$');

-- What was used before a price was set can never be charged by it. The clock is the database's: nobody may write
-- "created_at", so it is the moment of the transaction.
ALTER TABLE "prices" ADD CONSTRAINT "prices_start_now_or_later" CHECK ("valid_from" >= "created_at");

-- A price list is read by all and only ever added to. It knows no tenants, so it has no row-level security.
GRANT SELECT ON "prices" TO inferway_app, inferway_meter, inferway_directory;
GRANT INSERT ("id", "task", "model", "price_micros", "per_units", "currency", "valid_from") ON "prices"
    TO inferway_directory;
