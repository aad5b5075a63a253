import { openSync, writeSync } from 'node:fs'
import { connect, createWorker } from 'carillon'
import type { Push } from '@carillon/contract'
import { answering, given } from '../answering.ts'

/* A worker whose sender `bench` notes the number of each pusher that it is called for in the file SENT, before it returns. */

const sent = openSync(process.env.SENT!, 'a')
const services = await connect(given)
const worker = await createWorker(services, { senders: [{ name: 'bench', send }] })

answering({}, async () => {
  await worker.stop()
  await services.close()
})

/** What was written is in the file even if the process is killed then. */
async function send({ pusher }: Push): Promise<void> {
  writeSync(sent, Uint32Array.of(Number(pusher.id.slice(1))))
}
