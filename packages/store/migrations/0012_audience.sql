CREATE TABLE "carillon"."categories" (
	"app_id" integer NOT NULL,
	"name" text NOT NULL,
	"title" text NOT NULL,
	"description" text NOT NULL,
	"required" boolean NOT NULL,
	"defaults" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "categories_app_id_name_pk" PRIMARY KEY("app_id","name")
);
--> statement-breakpoint
CREATE TABLE "carillon"."preferences" (
	"app_id" integer NOT NULL,
	"pusher" text NOT NULL,
	"category" text NOT NULL,
	"sender" text NOT NULL,
	"is_on" boolean NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "preferences_app_id_pusher_category_sender_pk" PRIMARY KEY("app_id","pusher","category","sender"),
	CONSTRAINT "preferences_about" CHECK (category <> '' or sender <> '')
);
