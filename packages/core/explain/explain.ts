import type { Check, Explanation, PusherStore } from '@carillon/contract'
import type { Store } from '@carillon/store'
import { addressChecks, type AddressFacts } from './address-checks.ts'
import { lastPushCheck } from './last-push-check.ts'
import { senderChecks } from './sender-checks.ts'

export interface ExplainDeps {
  store: Pick<Store, 'addresses' | 'history' | 'senders' | 'suppressions'>
  pushers: PusherStore
  /** Those that this process knows, by name. */
  senders: ReadonlyMap<string, AddressFacts>
}

export interface ExplainQuery {
  /** Id of the pusher. */
  pusher: string
  sender: string
  /** Of phone numbers without a country code, as an ISO 3166 code. */
  phoneCountry?: string | undefined
}

/** Says why a pusher is reached through a sender, or why not. What it reads does not grow with the number of pushes. */
export function explainWith({ store, pushers, senders }: ExplainDeps) {
  return async (app: number, { pusher: id, sender, phoneCountry }: ExplainQuery): Promise<Explanation> => {
    const facts = senders.get(sender)
    const [[pusher], state, lastPush] = await Promise.all([
      pushers.getMany(app, [id]),
      store.senders.state(app, sender),
      lastPushCheck(store.history, app, id, sender),
    ])
    const ofPusher: Check[] = pusher
      ? [
          { check: 'pusher', state: 'ok', sentence: `The pusher ${id} exists.` },
          allowedCheck(id, sender, pusher.senders.includes(sender)),
          ...(await addressChecks(store, app, { pusher, sender, facts, phoneCountry })),
        ]
      : [{ check: 'pusher', state: 'blocks', sentence: `There is no pusher ${id}.`, action: `Create ${id}.` }]
    return { pusher: id, sender, checks: [...ofPusher, ...senderChecks(state, facts !== undefined), lastPush] }
  }
}

function allowedCheck(pusher: string, sender: string, isAllowed: boolean): Check {
  if (isAllowed) return { check: 'allowed', state: 'ok', sentence: `${pusher} has the sender ${sender}.` }
  return {
    check: 'allowed',
    state: 'blocks',
    sentence: `${pusher} does not have the sender ${sender}, so only pushes with force are accepted.`,
    action: `Add it: POST /pusher/${sender}/add with pusher=${pusher}.`,
  }
}
