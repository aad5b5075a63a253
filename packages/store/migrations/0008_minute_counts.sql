CREATE TABLE "carillon"."minute_counts" (
	"app_id" integer NOT NULL,
	"minute" timestamp with time zone NOT NULL,
	"sender" text NOT NULL,
	"outcome" text NOT NULL,
	"count" bigint NOT NULL,
	CONSTRAINT "minute_counts_app_id_minute_sender_outcome_pk" PRIMARY KEY("app_id","minute","sender","outcome")
);
--> statement-breakpoint
CREATE INDEX "minute_counts_old" ON "carillon"."minute_counts" USING btree ("minute");