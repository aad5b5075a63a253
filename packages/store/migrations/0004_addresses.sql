CREATE TABLE "carillon"."addresses" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "carillon"."addresses_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"app_id" integer NOT NULL,
	"pusher" text NOT NULL,
	"kind" text NOT NULL,
	"token" text NOT NULL,
	"token_hash" text NOT NULL,
	"target" text DEFAULT '' NOT NULL,
	"environment" text DEFAULT '' NOT NULL,
	"platform" text DEFAULT '' NOT NULL,
	"locale" text DEFAULT '' NOT NULL,
	"timezone" text DEFAULT '' NOT NULL,
	"label" text DEFAULT '' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"disabled_at" timestamp with time zone,
	"reason" text
);
--> statement-breakpoint
CREATE TABLE "carillon"."shared_values" (
	"name" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL,
	"made_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "carillon"."broadcast_recipients" ADD COLUMN "addresses" jsonb;--> statement-breakpoint
ALTER TABLE "carillon"."push_events" ADD COLUMN "addresses" jsonb;--> statement-breakpoint
ALTER TABLE "carillon"."pushes" ADD COLUMN "progress" text;--> statement-breakpoint
CREATE UNIQUE INDEX "addresses_once" ON "carillon"."addresses" USING btree ("app_id","kind","token_hash");--> statement-breakpoint
CREATE INDEX "addresses_of_pusher" ON "carillon"."addresses" USING btree ("app_id","pusher","kind");--> statement-breakpoint
CREATE INDEX "addresses_unseen" ON "carillon"."addresses" USING btree ("seen_at");