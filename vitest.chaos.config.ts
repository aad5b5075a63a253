import { defineConfig } from 'vitest/config'
import common from './vitest.config.ts'

export default defineConfig({
  test: {
    ...common.test,
    projects: undefined,
    include: ['test/chaos/**/*.test.ts'],
    globalSetup: './test/services/setup.ts',
    // What is killed, frozen and cut off in these must not share the machine with other tests.
    maxWorkers: 1,
  },
})
