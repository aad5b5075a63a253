ALTER TABLE "carillon"."broadcasts" ADD COLUMN "urgent" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "carillon"."finished_pushes" ADD COLUMN "urgent" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "carillon"."pushes" ADD COLUMN "urgent" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "carillon"."pushes" ADD COLUMN "deferred_until" timestamp with time zone;