CREATE TABLE "carillon"."template_versions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "carillon"."template_versions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"app_id" integer NOT NULL,
	"name" text NOT NULL,
	"sender" text NOT NULL,
	"locale" text NOT NULL,
	"version" integer NOT NULL,
	"data" text,
	"strict" boolean NOT NULL,
	"category" text,
	"partials" text[] NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "template_versions_newest" ON "carillon"."template_versions" USING btree ("app_id","name","sender","locale","id");--> statement-breakpoint
CREATE UNIQUE INDEX "template_versions_number" ON "carillon"."template_versions" USING btree ("app_id","name","version");--> statement-breakpoint
CREATE INDEX "template_versions_of_app" ON "carillon"."template_versions" USING btree ("app_id","id");