import type { Config } from './config.ts'
import { keyOf, settingNames, settingOf } from './settings.ts'

/** A shorter one turns up in any text by chance, and protects nothing. */
const SHORTEST = 8

const SECRET_PARAMETER = /pass|secret|token|key/i

/** Every configured secret, those inside URLs too, for what must be kept out of logs. */
export function secretsOf(config: Config): string[] {
  const secrets = settingNames.flatMap((name) => {
    const value = config[keyOf(name)]
    const { secret } = settingOf(name)
    if (!secret || typeof value !== 'string') return []
    return secret === 'whole' ? [value] : [value, ...secretsInUrl(value)]
  })
  return secrets.filter((secret) => secret.length >= SHORTEST)
}

/** As written, and decoded, as a driver's error would show it. A user's name is none: it is a word of its own. */
function secretsInUrl(text: string): string[] {
  const { password, searchParams } = new URL(text)
  const parameters = [...searchParams].filter(([name]) => SECRET_PARAMETER.test(name)).map(([, value]) => value)
  return [password, decode(password), ...parameters]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
