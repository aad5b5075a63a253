import { measuredOn } from './measured.ts'
import { tables } from './tables.ts'

/*
 * `node bench/capacity/main.ts` prints the tables of docs/capacity.md. It measures nothing: it simulates, from costs
 * that were measured before.
 */

console.log(`From what was measured on ${measuredOn.date}, on ${measuredOn.cores} cores.`)
for (const [name, table] of Object.entries(await tables())) console.log(`\n${name}\n\n${table}`)
