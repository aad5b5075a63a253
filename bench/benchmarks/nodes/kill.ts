import { type Benchmark, contest, type Contender, type Figures } from '../../benchmark.ts'
import { fleetServers, inTurn, startNodes } from '../../nodes/fleet.ts'
import { Guest } from '../../nodes/guest.ts'
import { Rooms } from '../../nodes/rooms.ts'
import { SteadyEvents } from '../../nodes/steady-events.ts'
import { type Role, startRole } from '../../role.ts'
import { openStage } from '../stage.ts'

const GUESTS = 500
const ROOMS = 10

export const nodesKill: Benchmark = {
  name: 'nodes-kill',
  group: 'nodes',
  work: `one node with ${GUESTS} members in ${ROOMS} rooms ends, until a member on each other node was told that all are gone`,
  targets: [],
  rounds: 3,
  async open() {
    const stage = await openStage(0)
    const ending = async (size: number, signal: NodeJS.Signals): Promise<Contender> => {
      const fleet = `${size}-${signal}`
      const survivors = await startNodes(stage, size - 1, fleet)
      const rooms = await Rooms.open(survivors, ROOMS)
      const events = await SteadyEvents.open(survivors)
      stage.atEnd(async () => events.close())
      const start = () => startRole('realtime', fleetServers(stage.servers, fleet))
      return { name: `one of ${size}, ${signal}`, round: async () => end(await start(), { signal, rooms, events }) }
    }
    const contenders = [await ending(8, 'SIGKILL'), await ending(2, 'SIGKILL'), await ending(8, 'SIGTERM')]
    return contest(contenders, stage.close)
  },
}

interface Ending {
  signal: NodeJS.Signals
  rooms: Rooms
  /** Between the other nodes. */
  events: SteadyEvents
}

async function end(node: Role, { signal, rooms, events }: Ending): Promise<Figures> {
  const places = await moveIn(node, rooms)
  let first = NaN
  let all = NaN
  const count = await events.during(async () => {
    const begun = performance.now()
    const ended = node.stop(signal)
    for (const { room, user } of places) rooms.gone(room, user)
    await rooms.settled(1)
    first = performance.now() - begun
    await rooms.settled()
    all = performance.now() - begun
    await ended
  })
  await rooms.verify()
  return { 'gone on one node s': first / 1000, 'gone on all s': all / 1000, 'events meanwhile': count }
}

async function moveIn({ port }: Role, rooms: Rooms): Promise<{ room: string; user: string }[]> {
  const places = inTurn(rooms.names, GUESTS).map((room, n) => ({ room, user: `guest-${n}` }))
  for (const { room, user } of places) await rooms.join(await Guest.open(port), room, user)
  await rooms.settled()
  return places
}
