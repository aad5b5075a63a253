import { setTimeout as pause } from 'node:timers/promises'
import type { Push } from '@carillon/contract'
import { connect, createWorker, type ServiceOptions } from 'carillon'

/* The worker of priority.ts. It ends when its parent lets go of it. */

const services = await connect(JSON.parse(process.argv[2]!) as ServiceOptions)
const worker = await createWorker(services, { senders: [{ name: 'bench', send }] })
process.send?.('ready')
process.once('disconnect', () => void worker.stop().then(services.close))

async function send({ name, raw }: Push): Promise<void> {
  if (raw.startsWith('single')) process.send?.({ name, at: performance.timeOrigin + performance.now() })
  await pause(2)
}
