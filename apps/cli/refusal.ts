import { ApiError } from '@carillon/client'

/** A refusal of the server as a command prints it: it leads with what a person can act on, and names commands. */
export function refusalForCommands(error: ApiError): ApiError {
  const { message, hint } = withoutLegacyWords(error)
  return new ApiError(error.status, error.code, asCommands(message), {
    cause: error,
    hint: hint === undefined ? undefined : asCommands(hint),
  })
}

/** Two sentences of the API stay word for word because legacy clients compare them. */
function withoutLegacyWords({ code, message, hint }: ApiError): { message: string; hint: string | undefined } {
  if (code === 'sender_not_enabled' && hint !== undefined) return { message: hint, hint: undefined }
  const [, pusher] = /^pusher (.+) not exists\.$/.exec(message) ?? []
  if (pusher === undefined) return { message, hint }
  const store = `Store the pusher first: POST /pusher/pushers/ with pusher=${pusher}.`
  return { message: `There is no pusher ${pusher}.`, hint: hint ?? store }
}

/** Calls of the API that have a command of their own; the others can be made with `carillon curl`. */
function asCommands(sentence: string): string {
  return sentence
    .replaceAll(/\bGET \/v1\/categories(?![/\w])/g, 'carillon category list')
    .replaceAll(/\bPUT \/v1\/categories\/(?=[\w.-])/g, 'carillon category put ')
    .replaceAll(/\bforce=true\b/g, '--force')
    .replaceAll(/\b(?:GET|POST|PUT|PATCH|DELETE) \/\S*[^\s.,;:]/g, 'carillon curl $&')
    .replaceAll(/(carillon curl \w+ \S+) with (\w+=)/g, '$1 -d $2')
}
