import { answering, given } from '../answering.ts'
import { openPeer, type PeerName } from '../peers/queue.ts'
import { Tally } from '../tally.ts'

/* A worker on the queue of a peer, whose handler does nothing. */

const queue = await openPeer(process.env.PEER as PeerName, given)
const tally = new Tally()
let stop: (() => Promise<void>) | undefined

answering(
  {
    ...tally.commands,
    async start() {
      stop = await queue.work({
        handled: (name) => tally.called(name),
        recorded: (count) => tally.recorded(count),
      })
    },
    halt,
  },
  async () => {
    await halt()
    await queue.close()
  },
)

async function halt(): Promise<void> {
  await stop?.()
  stop = undefined
}
