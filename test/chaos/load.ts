import { setTimeout as pause } from 'node:timers/promises'
import type { CarillonClient } from '@carillon/client'

/** CHAOS=quick is for a first look, while one changes something. */
export const quick = process.env.CHAOS === 'quick'
/** Of one test. */
export const PUSHES = quick ? 1000 : 5000

const PUSHERS = 20
const LANES = 20
/** Before a lane tries again at an API that is away. */
const AWAY_MS = 50

/** Pushes that were under way. */
export interface Load {
  /** Data of the pushes that were answered with OK. */
  accepted: Set<string>
  /** Data of those that were not answered; each may be sent or not. */
  unanswered: Set<string>
}

/** Pushes until `count` are accepted, over all clients in turn. One that is not answered is not pushed again. */
export async function pushUntil(clients: () => CarillonClient[], count: number, load = emptyLoad()): Promise<Load> {
  await addPushers(clients()[0]!)
  let number = 0
  let wanted = count
  const lane = async () => {
    while (wanted > 0) {
      wanted--
      const data = `push ${++number}`
      const client = clients()[number % clients().length]!
      try {
        await client.push('count', `p${number % PUSHERS}`, data)
        load.accepted.add(data)
      } catch {
        load.unanswered.add(data)
        wanted++
        await pause(AWAY_MS)
      }
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return load
}

export function emptyLoad(): Load {
  return { accepted: new Set(), unanswered: new Set() }
}

/** Pushers p0, p1 and so on, that have the sender. */
export async function addPushers(client: CarillonClient, count = PUSHERS): Promise<void> {
  const ids = Array.from({ length: count }, (_, index) => `p${index}`)
  while (ids.length > 0) {
    const some = ids.splice(0, LANES)
    await Promise.all(some.map((id) => client.addPusher(id, {})))
    await Promise.all(some.map((id) => client.addSender('count', id)))
  }
}
