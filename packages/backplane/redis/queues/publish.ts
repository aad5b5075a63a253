import type { PublishResult, RoomMessage } from '@carillon/contract'
import type { Commands } from './commands.ts'

/** What a step answers: messages dropped, then consumers reached. */
type Reply = [dropped: number, ...reached: string[]]

/** In one step of Redis, or in several where rooms are large: one long step would keep everybody else waiting. */
export async function publish(
  run: Commands,
  app: number,
  messages: readonly RoomMessage[],
  mostAtOnce: number,
): Promise<PublishResult> {
  const pairs = messages.flatMap(({ room, message }) => [room, message])
  const [dropped, ...reached] = (await run.publish(app, mostAtOnce, ...pairs)) as Reply | []
  return dropped === undefined ? inSteps(run, app, messages, mostAtOnce) : { dropped, reached }
}

async function inSteps(
  run: Commands,
  app: number,
  messages: readonly RoomMessage[],
  mostAtOnce: number,
): Promise<PublishResult> {
  let dropped = 0
  const reached = new Set<string>()
  for (const { room, texts } of byRoom(messages)) {
    const members = (await run.members(app, room, texts.length)) as string[]
    const some = Math.max(1, Math.floor(mostAtOnce / texts.length))
    for (let from = 0; from < members.length; from += some) {
      const slice = members.slice(from, from + some)
      const [full, ...ids] = (await run.hand(app, room, slice.length, ...slice, ...texts)) as Reply
      dropped += full
      for (const id of ids) reached.add(id)
    }
  }
  return { dropped, reached: [...reached] }
}

/** Messages that follow each other in one room; whoever is in several has them in order. */
function byRoom(messages: readonly RoomMessage[]): { room: string; texts: string[] }[] {
  const runs: { room: string; texts: string[] }[] = []
  for (const { room, message } of messages) {
    if (runs.at(-1)?.room !== room) runs.push({ room, texts: [] })
    runs.at(-1)!.texts.push(message)
  }
  return runs
}
