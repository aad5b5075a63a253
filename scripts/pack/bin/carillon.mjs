#!/usr/bin/env node
import { createRequire } from 'node:module'

const { engines } = createRequire(import.meta.url)('../package.json')
const oldest = engines.node.replace('>=', '')

// An older Node would fail all the same, on a method it does not know, somewhere in the middle.
if (isOlder(process.versions.node, oldest)) {
  console.error(`Carillon needs Node ${oldest} or newer, and this is ${process.versions.node}.`)
  process.exit(1)
}
await import('../lib/main.js')

function isOlder(version, than) {
  const [[major, minor], [thanMajor, thanMinor]] = [version, than].map((text) => text.split('.').map(Number))
  return major < thanMajor || (major === thanMajor && minor < thanMinor)
}
