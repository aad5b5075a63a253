import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      // Nothing is started or installed for these, so that one file by itself ends in seconds.
      {
        extends: true,
        test: { name: 'unit', include: ['{apps,packages,senders}/*/test/**/*.test.ts', 'test/unit/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/**/*.test.ts'],
          // Chaos is minutes of killing and freezing; `npm run chaos`.
          exclude: ['test/unit/**', 'test/chaos/**'],
          globalSetup: './test/services/setup.ts',
        },
      },
    ],
    reporters: ['default', './test/reporter.ts'],
    pool: 'forks',
    // Nothing is global, so files can share a process and what it has loaded: half of the CPU time of short ones.
    isolate: false,
    // Most tests wait for Redis, Postgres, another process or a timer, so three share two cores well.
    maxWorkers: 3,
    // Real servers on a busy machine: a test that hangs is rare, one that is slow is not.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
  },
})
