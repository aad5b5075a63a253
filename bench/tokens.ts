import { createSessionsClient } from '@carillon/client/sessions'
import OpenTok from 'opentok'

/*
 * How fast are tokens made? `node bench/tokens.ts [tokens] [rounds]`: by the official SDK, by our client in one thread
 * and in one for each core, one after another in each round, so that a busy moment of the machine meets them all.
 */

const [TOKENS = 100_000, ROUNDS = 7] = process.argv.slice(2).map(Number)
const [key, secret] = ['bench', 'secret']
/** The SDK reads the key out of it. */
const session = `1_${Buffer.from(`1~${key}~~0~nonce~~`).toString('base64url')}`
const options = { role: 'publisher', data: 'name=Ann' } as const
const wish = { role: options.role, connectionData: options.data }

const sdk = new OpenTok(key, secret)
const client = createSessionsClient({ url: 'http://localhost:6001', key, secret })

const contenders: Record<string, () => unknown> = {
  'official SDK': () => Array.from({ length: TOKENS }, () => sdk.generateToken(session, options)),
  'one thread': () => client.session(session).tokens(TOKENS, wish),
  'all threads': () => client.session(session).tokens(TOKENS, { ...wish, parallel: true }),
}

const seconds = new Map(Object.keys(contenders).map((name) => [name, [] as number[]]))
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, make] of Object.entries(contenders)) seconds.get(name)!.push(await timed(make))
}

const medians = new Map([...seconds].map(([name, each]) => [name, median(each)]))
const slowest = medians.get('official SDK')!
console.log(`${TOKENS} tokens, median of ${ROUNDS} rounds:`)
for (const [name, time] of medians) {
  const rate = Math.round(TOKENS / time).toLocaleString('en')
  console.log(`${name.padEnd(14)} ${rate.padStart(9)}/s  ${(slowest / time).toFixed(1)} times the SDK`)
}
const ratios = seconds.get('one thread')!.map((time, round) => time / seconds.get('all threads')![round]!)
console.log(`all threads against one, round by round: ${median(ratios).toFixed(2)}`)

async function timed(make: () => unknown): Promise<number> {
  const start = performance.now()
  await make()
  return (performance.now() - start) / 1000
}

function median(some: readonly number[]): number {
  return some.toSorted((a, b) => a - b)[Math.floor(some.length / 2)]!
}
