#!/usr/bin/env node

await import('../lib/require-node.js').catch((error) => {
  console.error(error.message)
  process.exit(1)
})
await import('../lib/main.js')
