import type { Services } from 'carillon'
import { summary, type Summary } from './delays.ts'
import { queryKinds } from './people.ts'

const PAGE = { from: 0, size: 10 }

/** How long each of so many calls takes, one after another, in ms. */
export async function delaysOf(times: number, call: (n: number) => Promise<unknown>): Promise<Summary> {
  const delays: number[] = []
  for (let n = 0; n < times; n++) {
    const begun = performance.now()
    await call(n)
    delays.push(performance.now() - begun)
  }
  return summary(delays)
}

/** What is asked about so many people of `addPeople`; any of them each time. */
export function questions({ pushers }: Services, people: number) {
  const anyone = () => 1 + Math.floor(Math.random() * people)
  return {
    search: (n: number) => pushers.search(1, queryKinds[n % queryKinds.length]!(anyone()), PAGE),
    /** A page of the list, the first or one behind anyone. */
    list: (n: number) => pushers.list(1, n % 2 === 0 ? PAGE : { ...PAGE, after: `p${anyone()}` }),
    one: () => pushers.getMany(1, [`p${anyone()}`]),
  }
}
