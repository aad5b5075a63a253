import { asText } from './as-text.ts'
import type { Config } from './config.ts'
import { keyOf, settingNames, settingOf } from './settings.ts'

/**
 * The environment as senders read it: the process's own, so that a plugin finds its variables, and
 * over it the senders' settings, wherever they were given. One that is not set is absent.
 */
export function senderEnv(config: Config): Record<string, string> {
  const env = { ...config.environment }
  for (const name of settingNames) {
    const value = config[keyOf(name)]
    if (settingOf(name).sender) env[name] = typeof value === 'boolean' ? onOrUnset(value) : asText(value)
  }
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** Off is unset, so that a plugin cannot take the text "0" for on. */
function onOrUnset(value: boolean): string | undefined {
  return value ? '1' : undefined
}
