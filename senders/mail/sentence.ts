import { headerText } from './address.ts'

/** What a provider says, as one line of at most 300 characters. */
export function sentence(text: string): string {
  const line = headerText(text)
  return line.length > 300 ? `${line.slice(0, 299)}…` : line
}
