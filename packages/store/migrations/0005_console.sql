CREATE TABLE "carillon"."audit" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "carillon"."audit_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"account" text NOT NULL,
	"address" text NOT NULL,
	"app_id" integer,
	"action" text NOT NULL,
	"target" text NOT NULL,
	"failure" text
);
--> statement-breakpoint
CREATE TABLE "carillon"."console_sessions" (
	"hash" text PRIMARY KEY NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carillon"."login_attempts" (
	"address" text PRIMARY KEY NOT NULL,
	"attempts" integer NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "console_sessions_expired" ON "carillon"."console_sessions" USING btree ("expires_at");