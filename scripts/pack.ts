import { resolve } from 'node:path'
import { pack } from './pack/pack.ts'

const [folder = 'dist'] = process.argv.slice(2)

await pack(resolve(folder))
