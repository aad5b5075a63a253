import { describe, expect, it } from 'vitest'
import { silentLogger } from '@carillon/testkit'
import { checkReady } from '../ready.ts'
import { redisTrouble } from '../shared/on-redis.ts'

/** As ioredis makes it. */
function reply(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' })
}

describe('an error of Redis', () => {
  it('is reported at once, and during an outage once in ten seconds, with the number of errors left out', () => {
    const lines: unknown[] = []
    let now = 0
    const tell = redisTrouble({ ...silentLogger, warn: (fields) => lines.push(fields) }, () => now)
    const away = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    for (now = 0; now < 12_000; now += 1000) tell(away)
    expect(lines).toEqual([{ code: 'ECONNREFUSED' }, { code: 'ECONNREFUSED', repeats: 9 }])
  })

  it('is reported at once when the error changes', () => {
    const codes: unknown[] = []
    const tell = redisTrouble({ ...silentLogger, warn: (fields) => codes.push((fields as { code: string }).code) })
    for (const word of ['LOADING', 'LOADING', 'OOM', 'LOADING']) tell(reply(`${word} words`))
    expect(codes).toEqual(['LOADING', 'OOM'])
  })

  it.each([
    ['CROSSSLOT Keys in request do not hash to the same slot', 'CROSSSLOT', 'is a Redis Cluster'],
    ['MOVED 3999 127.0.0.1:6381', 'MOVED', 'is a Redis Cluster'],
    ['CLUSTERDOWN Hash slot not served', 'CLUSTERDOWN', 'is a node of a Redis Cluster'],
    ["READONLY You can't write against a read only replica.", 'READONLY', 'is a replica'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'OOM', 'has used up its maxmemory'],
    ["NOPERM this user has no permissions to run the 'eval' command", 'NOPERM', 'does not allow its user'],
    ["ERR The user executing the script can't run this command or subcommand", 'NOPERM', 'does not allow its user'],
    ['NOAUTH Authentication required.', 'NOAUTH', 'requires a password'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'WRONGPASS', 'refuses the user'],
    ['ERR invalid password', 'WRONGPASS', 'refuses the user'],
    ['LOADING Redis is loading the dataset in memory', 'LOADING', 'is loading its data'],
    ['MISCONF Redis is configured to save RDB snapshots', 'MISCONF', 'accepts no writes'],
    ['BUSY Redis is busy running a script.', 'BUSY', 'is kept busy'],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'MASTERDOWN', 'is a replica'],
    ['NOREPLICAS Not enough good replicas to write.', 'NOREPLICAS', 'accepts no writes'],
    ['NOSCRIPT No matching script.', 'NOSCRIPT', 'has lost a script'],
    ['ERR max number of clients reached', 'MAXCLIENTS', 'has as many connections'],
    ['DENIED Redis is running in protected mode', 'DENIED', 'is in protected mode'],
    ['-UNBLOCKED force unblock from blocking operation', 'UNBLOCKED', 'was demoted to a replica'],
    ['WRONGTYPE Operation against a key', 'WRONGTYPE', 'answers with an error'],
  ])('has the first word of %j and a reason', async (message, code, reason) => {
    const lines: unknown[][] = []
    redisTrouble({ ...silentLogger, warn: (...line) => lines.push(line) })(reply(message))
    expect(lines).toEqual([[{ code }, expect.stringContaining(`an error of Redis: it ${reason}`)]])
    const queue = { ping: () => Promise.reject(reply(message)) }
    const sentence = expect.stringContaining(`Redis cannot be used (${code}): it ${reason}`) as string
    await expect(checkReady({ store: { ping: async () => {} }, queue })).rejects.toMatchObject({ message: sentence })
  })
})
