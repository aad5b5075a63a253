import { hasControlCharacter, LONGEST_USER_TAG } from '../limits.ts'
import { Refusal } from '@carillon/request'

export interface Asked {
  key: string
  userTag: string
  token: string
}

/** `/ws/{app_key}/{user_tag}[?token=…]`, each part percent-encoded. @throws Refusal */
export function readTarget(target: string): Asked {
  const [path = '', query = ''] = target.split(/\?(.*)/s)
  const [, , key = '', userTag = '', ...more] = path.split('/').map(decode)
  if (key === '' || userTag === '' || more.length > 0)
    throw new Refusal(404, 'Connect to /ws/{app_key}/{user_tag}; a slash in a user_tag is %2F.')
  if (userTag.length > LONGEST_USER_TAG || hasControlCharacter(userTag))
    throw new Refusal(400, `A user_tag has at most ${LONGEST_USER_TAG} characters, and no control characters.`)
  return { key, userTag, token: new URLSearchParams(query).get('token') ?? '' }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new Refusal(400, 'The path is not percent-encoded UTF-8.')
  }
}
