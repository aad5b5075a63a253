import { PGlite } from '@electric-sql/pglite'

/* The embedded database and nothing else: it opens the folder that it is given, and is asked once. */

const db = await PGlite.create(process.argv[2])
await db.query('select 1')
process.once('SIGTERM', () => void db.close().then(() => process.exit()))
console.log('PGlite answers')
