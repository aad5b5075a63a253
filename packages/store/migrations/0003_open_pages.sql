DROP INDEX "carillon"."broadcast_pages_open";--> statement-breakpoint
CREATE INDEX "broadcast_pages_of_broadcast" ON "carillon"."broadcast_pages" USING btree ("broadcast_id");--> statement-breakpoint
CREATE INDEX "broadcast_pages_open" ON "carillon"."broadcast_pages" USING btree ("broadcast_id","lease_until") WHERE not done;