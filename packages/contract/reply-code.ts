interface Reply extends Error {
  /** Of a transaction that was not run: why. */
  previousErrors?: Error[]
}

/** What Redis tells by a sentence alone. */
const BY_SENTENCE: readonly (readonly [RegExp, string])[] = [
  [/max number of clients/i, 'MAXCLIENTS'],
  [/invalid (?:username-)?password|no password is set/i, 'WRONGPASS'],
  [/unknown (?:redis )?command/i, 'UNKNOWNCOMMAND'],
  [/user executing the script can't/i, 'NOPERM'],
  [/DB index/i, 'DBINDEX'],
  [/not allowed in cluster mode/i, 'CROSSSLOT'],
]

/**
 * The code of an error that Redis answered, such as `READONLY`: the first word of its message. What follows it may
 * repeat keys. Undefined for any other error.
 */
export function replyCode(error: Error): string | undefined {
  const { name, message, previousErrors: [before] = [] } = error as Reply
  const isReply = name === 'ReplyError'
  if (isReply && before) return replyCode(before)
  // A server that has no room answers before it was asked anything, which the client takes for a fault of its own.
  const text = isReply ? message : /^Command queue state error.* Last error: (.*)/s.exec(message)?.[1]
  if (text === undefined) return undefined
  const known = BY_SENTENCE.find(([pattern]) => pattern.test(text))
  if (known) return known[1]
  const first = /^-?([A-Z]+)\b/.exec(text)?.[1]
  // Until Redis 7 what failed within a script is quoted: `ERR Error running script …: @user_script: 1: -READONLY You …`
  const quoted = first === 'ERR' ? /: -([A-Z]+) /.exec(text)?.[1] : undefined
  return quoted ?? first
}
