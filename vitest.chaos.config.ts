import { defineConfig, mergeConfig } from 'vitest/config'
import common from './vitest.config.ts'

/** What is killed, frozen and cut off in these must not share the machine with other tests. */
const chaos = mergeConfig(common, defineConfig({ test: { maxWorkers: 1 } }))

export default { ...chaos, test: { ...chaos.test, include: ['test/chaos/**/*.test.ts'], exclude: [] } }
