export { readBody, textOf } from './body.ts'
export { jsonAnswer } from './json-answer.ts'
export { malformed, Refusal, tooLarge, unauthorized } from './refusal.ts'
export { isSameOrigin } from './same-origin.ts'
