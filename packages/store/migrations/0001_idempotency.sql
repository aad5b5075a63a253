CREATE TABLE "carillon"."idempotency_keys" (
	"app_id" integer NOT NULL,
	"key" text NOT NULL,
	"request" text NOT NULL,
	"holder" text NOT NULL,
	"lease_until" timestamp with time zone NOT NULL,
	"status" smallint,
	"body" text,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "idempotency_keys_app_id_key_pk" PRIMARY KEY("app_id","key")
);
--> statement-breakpoint
ALTER TABLE "carillon"."broadcast_pages" ADD COLUMN "done_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "carillon"."broadcasts" ADD COLUMN "total" integer;--> statement-breakpoint
ALTER TABLE "carillon"."broadcasts" ADD COLUMN "total_is_estimate" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "carillon"."broadcasts" ADD COLUMN "started_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "carillon"."broadcasts" ADD COLUMN "running_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "carillon"."broadcasts" ADD COLUMN "ran_seconds" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "idempotency_keys_expired" ON "carillon"."idempotency_keys" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "broadcasts_newest" ON "carillon"."broadcasts" USING btree ("app_id","id");--> statement-breakpoint
CREATE INDEX "broadcasts_by_name" ON "carillon"."broadcasts" USING btree ("app_id","name","id");--> statement-breakpoint
CREATE INDEX "pushes_ended_of_broadcast" ON "carillon"."pushes" USING btree ("broadcast_id") WHERE broadcast_id is not null and finished_at is not null;