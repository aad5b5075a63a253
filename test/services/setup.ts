import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { bundle } from '../../scripts/bundle.mjs'
import { makeEmbeddedTemplate } from './embedded-template.ts'
import { inCI } from './machine.ts'
import { findPostgres } from './postgres.ts'
import { chromium, ffprobe, nginx, pgBouncer, postgres, redis, type TestProgram, turn } from './programs.ts'
import { findRedis } from './redis.ts'
import type { Service } from './service.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The command line as `npm start` runs it. */
    main: string
    /** A data directory with an embedded database to copy. */
    embeddedTemplate: string
    redisUrl: string | undefined
    /** Path of a redis-server that tests may start for themselves. */
    redisProgram: string | undefined
    postgresUrl: string | undefined
    /** Path of the initdb of a Postgres that tests may start for themselves. */
    postgresProgram: string | undefined
    /** Path of a Chromium that tests may run. */
    chromiumProgram: string | undefined
    /** Path of an ffprobe that tests may run. */
    ffprobeProgram: string | undefined
    /** Path of an nginx that tests may run. */
    nginxProgram: string | undefined
    /** Path of a PgBouncer that tests may run. */
    pgBouncerProgram: string | undefined
    /** Path of a coturn that tests may run. */
    turnProgram: string | undefined
  }
}

type Stopping = Pick<Service, 'stop'>

/** Starts what the tests need beside Node, once for the whole run; gives back what stops it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started: Stopping[] = []
  const stop = async () => {
    await Promise.all(started.map((service) => service.stop()))
  }
  // Settled, not all: what is still starting when the other fails must be stopped as well.
  const results = await Promise.allSettled([
    provideRedis(project, started),
    providePostgres(project, started),
    providePrograms(project),
    provideEmbedded(project, started),
    provideMain(project),
  ])
  const failure = results.find((result) => result.status === 'rejected')
  if (!failure) return stop
  await stop()
  throw failure.reason
}

async function provideRedis(project: TestProject, started: Stopping[]) {
  const service = await findRedis()
  if (service) started.push(service)
  else reportMissing(redis)
  project.provide('redisUrl', service?.url)
  project.provide('redisProgram', service?.program)
}

async function providePostgres(project: TestProject, started: Stopping[]) {
  const service = await findPostgres()
  if (service) started.push(service)
  else reportMissing(postgres)
  project.provide('postgresUrl', service?.url)
  project.provide('postgresProgram', service?.program)
}

async function provideEmbedded(project: TestProject, started: Stopping[]) {
  const template = await makeEmbeddedTemplate()
  started.push(template)
  project.provide('embeddedTemplate', template.folder)
}

async function provideMain(project: TestProject) {
  project.provide('main', await bundle(join(import.meta.dirname, '../..')))
}

async function providePrograms(project: TestProject) {
  project.provide('chromiumProgram', findOrReport(chromium))
  project.provide('ffprobeProgram', findOrReport(ffprobe))
  project.provide('nginxProgram', findOrReport(nginx))
  project.provide('pgBouncerProgram', findOrReport(pgBouncer))
  project.provide('turnProgram', findOrReport(turn))
}

function findOrReport(program: TestProgram): string | undefined {
  const path = program.find()
  if (path === undefined) reportMissing(program)
  return path
}

/**
 * `npm test` has installed what it could before this. On a laptop the suites that need the rest are skipped; in CI a
 * green run must mean that they ran.
 */
function reportMissing({ name, remedy }: TestProgram): void {
  const sentence = `There is no ${name} for the tests: ${remedy}.`
  if (inCI) throw new Error(sentence)
  console.error(`${sentence} The tests that need it are skipped.`)
}
