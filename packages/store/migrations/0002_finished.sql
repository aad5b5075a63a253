-- Finished pushes leave the table of unfinished ones. What the released tables hold is moved in batches, after this
-- migration (open/released.ts), so that a start that is killed meanwhile continues at the next one.
ALTER TABLE "carillon"."pushes" RENAME TO "released_pushes";--> statement-breakpoint
DROP INDEX "carillon"."pushes_name_once";--> statement-breakpoint
DROP INDEX "carillon"."pushes_due";--> statement-breakpoint
DROP INDEX "carillon"."pushes_of_pusher";--> statement-breakpoint
DROP INDEX "carillon"."pushes_newest";--> statement-breakpoint
DROP INDEX "carillon"."pushes_of_broadcast";--> statement-breakpoint
DROP INDEX "carillon"."pushes_out_of_broadcast";--> statement-breakpoint
DROP INDEX "carillon"."pushes_finished";--> statement-breakpoint
DROP INDEX "carillon"."pushes_dead";--> statement-breakpoint
ALTER TABLE "carillon"."released_pushes" RENAME CONSTRAINT "pushes_pkey" TO "released_pushes_pkey";--> statement-breakpoint
ALTER SEQUENCE "carillon"."pushes_id_seq" RENAME TO "released_pushes_id_seq";--> statement-breakpoint
ALTER TABLE "carillon"."push_events" RENAME TO "released_push_events";--> statement-breakpoint
ALTER TABLE "carillon"."released_push_events" RENAME CONSTRAINT "push_events_push_id_id_pk" TO "released_push_events_pk";--> statement-breakpoint
ALTER TABLE "carillon"."delivery_reports" RENAME TO "released_delivery_reports";--> statement-breakpoint
DROP INDEX "carillon"."delivery_reports_of_push";--> statement-breakpoint
DROP INDEX "carillon"."delivery_reports_of_recipient";--> statement-breakpoint
ALTER TABLE "carillon"."released_delivery_reports" RENAME CONSTRAINT "delivery_reports_pkey" TO "released_delivery_reports_pkey";--> statement-breakpoint
CREATE TABLE "carillon"."pushes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "carillon"."pushes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"app_id" integer NOT NULL,
	"sender" text NOT NULL,
	"name" text NOT NULL,
	"pusher" text NOT NULL,
	"data" text NOT NULL,
	"force" boolean DEFAULT false NOT NULL,
	"priority" smallint DEFAULT 0 NOT NULL,
	"broadcast_id" bigint,
	"state" smallint DEFAULT 0 NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"lease_until" timestamp with time zone,
	"taken_at" timestamp with time zone,
	"again_at" timestamp with time zone,
	"ttl" integer NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"scheduled_at" timestamp with time zone,
	"accepted_at" timestamp with time zone DEFAULT now() NOT NULL,
	"reason" text,
	"trace_parent" text
) WITH (fillfactor = 50);--> statement-breakpoint
SELECT setval('carillon.pushes_id_seq', nextval('carillon.released_pushes_id_seq'));--> statement-breakpoint
CREATE SEQUENCE "carillon"."push_event_ids";--> statement-breakpoint
SELECT setval('carillon.push_event_ids', nextval('carillon.push_events_id_seq'));--> statement-breakpoint
CREATE SEQUENCE "carillon"."delivery_report_ids";--> statement-breakpoint
SELECT setval('carillon.delivery_report_ids', nextval('carillon.delivery_reports_id_seq'));--> statement-breakpoint
CREATE TABLE "carillon"."finished_pushes" (
	"id" bigint NOT NULL,
	"finished_at" timestamp with time zone DEFAULT now() NOT NULL,
	"accepted_at" timestamp with time zone NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"scheduled_at" timestamp with time zone,
	"taken_at" timestamp with time zone,
	"broadcast_id" bigint,
	"app_id" integer NOT NULL,
	"attempt" integer NOT NULL,
	"failures" integer NOT NULL,
	"ttl" integer NOT NULL,
	"priority" smallint NOT NULL,
	"state" smallint NOT NULL,
	"force" boolean NOT NULL,
	"sender" text NOT NULL,
	"name" text NOT NULL,
	"pusher" text NOT NULL,
	"data" text NOT NULL,
	"reason" text,
	"message_id" text,
	"trace_parent" text,
	CONSTRAINT "finished_pushes_id_finished_at_pk" PRIMARY KEY("id","finished_at")
) PARTITION BY RANGE ("finished_at");--> statement-breakpoint
CREATE TABLE "carillon"."push_events" (
	"push_id" bigint NOT NULL,
	"id" bigint DEFAULT nextval('carillon.push_event_ids') NOT NULL,
	"event" smallint NOT NULL,
	"attempt" integer NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"due_at" timestamp with time zone,
	"reason" text,
	CONSTRAINT "push_events_push_id_id_at_pk" PRIMARY KEY("push_id","id","at")
) PARTITION BY RANGE ("at");--> statement-breakpoint
CREATE TABLE "carillon"."delivery_reports" (
	"id" bigint DEFAULT nextval('carillon.delivery_report_ids') NOT NULL,
	"app_id" integer NOT NULL,
	"push_id" bigint,
	"broadcast_id" bigint,
	"pusher" text NOT NULL,
	"event" smallint NOT NULL,
	"event_id" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"message_id" text,
	"reason" text
) PARTITION BY RANGE ("at");--> statement-breakpoint
CREATE TABLE "carillon"."finished_pushes_rest" PARTITION OF "carillon"."finished_pushes" DEFAULT;--> statement-breakpoint
CREATE TABLE "carillon"."push_events_rest" PARTITION OF "carillon"."push_events" DEFAULT;--> statement-breakpoint
CREATE TABLE "carillon"."delivery_reports_rest" PARTITION OF "carillon"."delivery_reports" DEFAULT;--> statement-breakpoint
CREATE UNIQUE INDEX "pushes_name_once" ON "carillon"."pushes" USING btree ("app_id","sender","name");--> statement-breakpoint
CREATE INDEX "pushes_due" ON "carillon"."pushes" USING btree ("sender","due_at");--> statement-breakpoint
CREATE INDEX "pushes_of_pusher" ON "carillon"."pushes" USING btree ("app_id","pusher","id");--> statement-breakpoint
CREATE INDEX "pushes_newest" ON "carillon"."pushes" USING btree ("app_id","sender","id");--> statement-breakpoint
CREATE INDEX "pushes_of_broadcast" ON "carillon"."pushes" USING btree ("broadcast_id","id") WHERE broadcast_id is not null;--> statement-breakpoint
CREATE INDEX "finished_pushes_of_pusher" ON "carillon"."finished_pushes" USING btree ("app_id","pusher","id");--> statement-breakpoint
CREATE INDEX "finished_pushes_newest" ON "carillon"."finished_pushes" USING btree ("app_id","sender","id");--> statement-breakpoint
CREATE INDEX "finished_pushes_of_broadcast" ON "carillon"."finished_pushes" USING btree ("broadcast_id","id") WHERE broadcast_id is not null;--> statement-breakpoint
CREATE INDEX "finished_pushes_dead" ON "carillon"."finished_pushes" USING btree ("app_id","id") WHERE state = 3 and reason is not null;--> statement-breakpoint
CREATE INDEX "delivery_reports_of_pusher" ON "carillon"."delivery_reports" USING btree ("app_id","pusher");--> statement-breakpoint
CREATE UNIQUE INDEX "delivery_reports_of_push" ON "carillon"."delivery_reports" USING btree ("push_id","event_id","at") WHERE push_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "delivery_reports_of_recipient" ON "carillon"."delivery_reports" USING btree ("broadcast_id","pusher","event_id","at") WHERE broadcast_id is not null;--> statement-breakpoint
CREATE SEQUENCE "carillon"."broadcast_numbers" MAXVALUE 999999999 CYCLE;--> statement-breakpoint
SELECT setval('carillon.broadcast_numbers', nextval('carillon.broadcasts_id_seq'));--> statement-breakpoint
ALTER TABLE "carillon"."broadcasts" ALTER COLUMN "id" DROP IDENTITY;--> statement-breakpoint
ALTER TABLE "carillon"."broadcasts" ALTER COLUMN "id" SET DEFAULT ((now() at time zone 'UTC')::date - '1970-01-01'::date)::bigint * 1000000000 + nextval('carillon.broadcast_numbers');--> statement-breakpoint
ALTER TABLE "carillon"."broadcast_recipients" RENAME TO "released_broadcast_recipients";--> statement-breakpoint
ALTER TABLE "carillon"."released_broadcast_recipients" RENAME CONSTRAINT "broadcast_recipients_broadcast_id_pusher_pk" TO "released_broadcast_recipients_pk";--> statement-breakpoint
CREATE TABLE "carillon"."broadcast_recipients" (
	"broadcast_id" bigint NOT NULL,
	"pusher" text NOT NULL,
	"outcome" smallint NOT NULL,
	"message_id" text,
	CONSTRAINT "broadcast_recipients_broadcast_id_pusher_pk" PRIMARY KEY("broadcast_id","pusher")
) PARTITION BY RANGE ("broadcast_id");--> statement-breakpoint
CREATE TABLE "carillon"."broadcast_recipients_rest" PARTITION OF "carillon"."broadcast_recipients" DEFAULT;
