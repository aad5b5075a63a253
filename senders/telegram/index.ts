import { chatSender, optionalSetting, perAddress, webSetting } from '@carillon/chat'
import { addressRates } from '@carillon/contract'
import * as z from 'zod'
import { composeTelegram, telegramData } from './message.ts'
import { telegramCall } from './telegram.ts'

const telegramOptions = z.object({
  TELEGRAM_TOKEN: optionalSetting,
  TELEGRAM_BASE_URL: webSetting('https://api.telegram.org'),
  TELEGRAM_CHAT_RATE: perAddress(addressRates.TELEGRAM_CHAT_RATE),
  TELEGRAM_GROUP_RATE: perAddress(addressRates.TELEGRAM_GROUP_RATE),
})

/** `sendtelegram`: messages of a bot to people, groups and channels. */
export default chatSender({
  name: 'sendtelegram',
  kind: 'telegram',
  service: 'Telegram',
  /** https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this */
  rate: { count: 30, seconds: 1 },
  options: telegramOptions,
  data: telegramData,
  compose: composeTelegram,
  every: ({ token }, { TELEGRAM_CHAT_RATE, TELEGRAM_GROUP_RATE }) =>
    isGroup(token) ? TELEGRAM_GROUP_RATE : TELEGRAM_CHAT_RATE,
  connect({ TELEGRAM_TOKEN: token, TELEGRAM_BASE_URL: baseUrl }, deps) {
    if (token) return deps.guarded(telegramCall(deps, baseUrl, token))
    return { missing: 'set TELEGRAM_TOKEN' }
  },
})

/** Ids of groups and channels are negative; those with a name, such as `@news`, are public. */
function isGroup(chat: string): boolean {
  return /^[-@]/.test(chat)
}
