CREATE TABLE "carillon"."push_events" (
	"push_id" bigint NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "carillon"."push_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"event" smallint NOT NULL,
	"attempt" integer NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"due_at" timestamp with time zone,
	"reason" text,
	CONSTRAINT "push_events_push_id_id_pk" PRIMARY KEY("push_id","id")
);
--> statement-breakpoint
DROP INDEX "carillon"."pushes_of_pusher";--> statement-breakpoint
ALTER TABLE "carillon"."pushes" ADD COLUMN "taken_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "carillon"."pushes" ADD COLUMN "scheduled_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "carillon"."pushes" ADD COLUMN "message_id" text;--> statement-breakpoint
CREATE INDEX "pushes_newest" ON "carillon"."pushes" USING btree ("app_id","sender","id");--> statement-breakpoint
CREATE INDEX "pushes_out_of_broadcast" ON "carillon"."pushes" USING btree ("broadcast_id","id") WHERE broadcast_id is not null;--> statement-breakpoint
CREATE INDEX "pushes_finished" ON "carillon"."pushes" USING btree ("finished_at") WHERE finished_at is not null;--> statement-breakpoint
CREATE INDEX "pushes_dead" ON "carillon"."pushes" USING btree ("app_id","id") WHERE finished_at is not null and reason is not null;--> statement-breakpoint
CREATE INDEX "pushes_of_pusher" ON "carillon"."pushes" USING btree ("app_id","pusher","id");