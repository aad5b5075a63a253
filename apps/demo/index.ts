export { createDemo, type OpenDemo } from './demo.ts'
