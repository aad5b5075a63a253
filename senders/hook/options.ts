import { senderName } from '@carillon/contract'
import * as z from 'zod'

/** Names of the senders that come with Carillon. */
const TAKEN = ['pushall', 'sendmail', 'sendrealtime', 'sendsms']

/** Messages follow the field's name, and never repeat a value: it may be the secret. */
const hook = z.strictObject(
  {
    name: senderName.refine((name) => !TAKEN.includes(name), { error: isTaken }),
    url: required().refine(isHttp, 'must be an http or https address without a user or password'),
    secret: required(),
  },
  { error: describeEntry },
)
export type Hook = z.infer<typeof hook>

/** What a hooks file holds. */
export const hooks = z
  .array(hook, 'must be a list of hooks, such as [{"name": "hook1", "url": "https://…", "secret": "…"}]')
  .superRefine(refuseTwins)

function required() {
  return z
    .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be text') })
    .min(1, 'is required')
}

function isTaken({ input }: { input: unknown }): string {
  return `must not be "${String(input)}", which is the name of a built-in sender`
}

/** fetch refuses addresses with a user or password. */
function isHttp(address: string): boolean {
  const url = URL.parse(address)
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
}

function describeEntry(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `has ${issue.keys.join(', ')}, which a hook does not have; its fields are name, url and secret`
  return 'must be a hook: an object with name, url and secret'
}

function refuseTwins(list: Hook[], context: z.RefinementCtx): void {
  for (const [at, { name }] of list.entries()) {
    const first = list.findIndex((each) => each.name === name)
    if (first < at)
      context.addIssue({
        code: 'custom',
        path: [at, 'name'],
        message: `"${name}" is already the name of hook ${first + 1}`,
      })
  }
}
