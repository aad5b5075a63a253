import type { Backplane, Batch } from '@carillon/contract'
import { silentLogger } from '@carillon/testkit'
import type { Hub, HubSession } from '@carillon/hub'
import { IdleWorkers } from '../../packages/core/dispatch/dispatch.ts'
import { IdleAnnouncer } from '../../packages/core/dispatch/receive.ts'
import type { DirectDispatch } from '../../packages/core/dispatch/messages.ts'
import { type AudienceMember, Audiences } from '../../packages/protocol-gopusher/audience/audience.ts'
import { Rooms, type Occupant } from '../../packages/protocol-session/room/rooms.ts'
import type { Order } from '../../packages/protocol-session/room/order.ts'
import { type LiveConsumer, LiveConsumers } from '../../packages/protocol-snapper/consumer/live-consumers.ts'

type Heard = (what: string) => void

/** Listens on every topic of live connections, and returns what it received. */
export async function listenLive(hub: Hub, heard: Heard): Promise<void> {
  await hub.users.signIn(1, 'ann', {
    notify: ({ event, data }) => (heard(`notify ${event} ${JSON.stringify(data)}`), true),
    terminate: () => heard('terminate'),
  })
  await hub.watches.watch(1, 'ann', (here) => heard(`ann ${here ? 'is here' : 'has gone'}`))
  await hub.connections.connect(1, 10, (reason) => heard(`closed: ${reason}`))
  const namespace = hub.openNamespace({
    protocol: 'test',
    isFrame: (text) => text.startsWith('{') && text.endsWith('}'),
    announce: (_, { member, here, info }) => `{"${here ? 'came' : 'went'}":"${member}","info":"${info}"}`,
  })
  const ear = sessionThat('ear', heard)
  namespace.enter(ear)
  await namespace.subscribe(ear, { app: 1, name: 'room' }, { id: 'ear', info: '', most: 10 })
  await namespace.watch(1, (channel, text) => heard(`copy ${channel} ${text}`))
  await new Audiences(hub.requestReply).join(1, clientThat(heard))
  await new LiveConsumers(hub, 'here').enter(consumerThat(heard))
  const occupant: Occupant = {
    ...sessionThat('c1', heard),
    obey: async (order: Order) => (heard(`order ${order.type}`), true),
  }
  const connection = { id: 'c1', data: '', role: 'publisher', createdAt: 1 } as const
  await new Rooms({ hub, log: silentLogger }).enter({ app: 1, session: 's1' }, connection, occupant, () => {})
}

/** A worker that is given pushes, and an API that hears of workers. */
export function listenWork(backplane: Backplane, heard: Heard): { idleWorkers: IdleWorkers; announcer: IdleAnnouncer } {
  const announcer = new IdleAnnouncer({
    backplane: async () => backplane,
    worker: 'one',
    sender: 'chime',
    room: () => 0,
    receive: ({ pushes }: DirectDispatch) =>
      heard(`given ${pushes.map(({ id, pusher }) => `${id} to ${pusher}`).join()}`),
    log: silentLogger,
  })
  const idleWorkers = new IdleWorkers(async () => backplane, silentLogger)
  idleWorkers.find('chime', 1) // from now on it listens
  return { idleWorkers, announcer }
}

function sessionThat(id: string, heard: Heard): HubSession {
  return { id, deliver: (batch) => heard(textOf(batch)) }
}

function clientThat(heard: Heard): AudienceMember {
  return { userTag: 'a', deliver: (batch) => heard(`gopusher ${textOf(batch)}`) }
}

function textOf(batch: Batch): string {
  return Buffer.from(batch.encoded((text) => Buffer.from(text))).toString()
}

/** As much of a consumer as is woken and ended. */
function consumerThat(heard: Heard): LiveConsumer {
  const [key, wake, end] = [{ app: 1, id: 'consumer' }, () => heard('snapper wake'), () => heard('snapper end')]
  return { key, wake, end } as Partial<LiveConsumer> as LiveConsumer
}
