#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { launch, report } from './launch.mjs'

const entry = fileURLToPath(new URL('../main.ts', import.meta.url))

launch(entry, process.argv.slice(2)).catch(report)
