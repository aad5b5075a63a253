import pg from 'pg'
import { bullmqQueue } from './bullmq.ts'
import type { Message, PeerOptions, PeerQueue } from './queue.ts'

/** BullMQ with the row that everyone writes beside it: inserted before the job, updated when it was handled. */
export async function openBullmqRow(options: PeerOptions): Promise<PeerQueue> {
  const pool = new pg.Pool({ connectionString: options.databaseUrl })
  await pool.query(createTable)
  const queue = bullmqQueue(options, (name) => pool.query(update, [name]))
  return {
    ...queue,
    async add(message) {
      await pool.query(insert, [message.name, message.pusher, message.data])
      await queue.add(message)
    },
    async addMany(messages) {
      await pool.query(insertMany, columns(messages))
      await queue.addMany(messages)
    },
    async close() {
      await queue.close()
      await pool.end()
    },
  }
}

const createTable = `
  create table if not exists messages (
    name text primary key, pusher text not null, data text not null, state text not null default 'waiting',
    created_at timestamptz not null default now(), sent_at timestamptz
  )`

const insert = 'insert into messages (name, pusher, data) values ($1, $2, $3)'

const insertMany = `
  insert into messages (name, pusher, data) select * from unnest($1::text[], $2::text[], $3::text[])`

const update = `update messages set state = 'sent', sent_at = now() where name = $1`

function columns(messages: readonly Message[]): string[][] {
  return [messages.map(({ name }) => name), messages.map(({ pusher }) => pusher), messages.map(({ data }) => data)]
}
