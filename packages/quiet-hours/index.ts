export * from './effective.ts'
export * from './quiet-until.ts'
export * from './smear.ts'
