export { readBody, textOf } from './body.ts'
export { malformed, Refusal, tooLarge, unauthorized } from './refusal.ts'
