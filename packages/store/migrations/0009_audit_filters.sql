CREATE INDEX "audit_by_time" ON "carillon"."audit" USING btree ("at","id");--> statement-breakpoint
CREATE INDEX "audit_by_account" ON "carillon"."audit" USING btree ("account","at","id");--> statement-breakpoint
CREATE INDEX "audit_by_action" ON "carillon"."audit" USING btree ("action","at","id");--> statement-breakpoint
CREATE INDEX "audit_by_both" ON "carillon"."audit" USING btree ("account","action","at","id");