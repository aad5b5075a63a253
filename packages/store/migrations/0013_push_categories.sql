ALTER TABLE "carillon"."broadcast_recipients" ADD COLUMN "reason" text;--> statement-breakpoint
ALTER TABLE "carillon"."broadcasts" ADD COLUMN "category" text;--> statement-breakpoint
ALTER TABLE "carillon"."finished_pushes" ADD COLUMN "category" text;--> statement-breakpoint
ALTER TABLE "carillon"."pushes" ADD COLUMN "category" text;