import type { Html } from './document.ts'
import { type TextField, textField } from './forms.ts'

/** What somebody has typed into the fields of a form, by name. */
export type Texts = Readonly<Record<string, string | undefined>>

/** What is wrong with it, by name. */
export type Problems = Readonly<Record<string, string | undefined>>

/** A field of a form that was filled in. The first problem gets the focus, since it may be far down the page. */
export function field(one: TextField, texts: Texts, problems: Problems): Html {
  const first = Object.keys(problems).find((name) => problems[name] !== undefined)
  return textField({ ...one, value: texts[one.name], problem: problems[one.name], hasFocus: one.name === first })
}

/** A message of a schema, which goes on behind the name of its field, as a sentence: `Must be a language tag such as zh-CN.` */
export function problemOf(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${message.endsWith('?') ? '' : '.'}`
}
