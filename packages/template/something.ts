/** Whether a rendered text says anything: spaces and invisible marks do not. */
export function saysSomething(text: string): boolean {
  return /[^\s\p{Cf}\p{Cc}]/u.test(text)
}
