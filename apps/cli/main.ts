import { startThread } from '@carillon/store/thread'

// The embedded database takes longest, so its thread comes before all else, before it is known where its files are.
const thread = process.argv[2] === 'start' && !process.env['DATABASE_URL'] ? startThread() : undefined
const { runCommandLine } = await import('./command-line.ts')
await runCommandLine(thread)
