import { pgSchema } from 'drizzle-orm/pg-core'

/** Every table lives in one schema of its own, so that Carillon can share a database. */
export const carillon = pgSchema('carillon')
