import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Minutes of killing and freezing; `npm run chaos`.
    exclude: ['test/chaos/**'],
    globalSetup: './test/services/setup.ts',
    reporters: ['default', './test/reporter.ts'],
    pool: 'forks',
    // Most tests wait for Redis, Postgres or a timer, so two share even a single core well; more
    // would make the timing of the chaos tests depend on their neighbours.
    maxWorkers: 2,
    // Real servers on a busy machine: a test that hangs is rare, one that is slow is not.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
  },
})
