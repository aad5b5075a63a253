import { markdownTable, shown } from '../report.ts'
import { fanoutRate, pushUs } from './benchmarks.ts'
import { compare } from './comparison.ts'
import { type Day, type Load, peakOf, S_PER_DAY, simulateDay } from './days.ts'
import { bytes, memory } from './measured.ts'
import * as planned from './plans.ts'

/* The tables of docs/capacity.md, in Markdown. */

const US_PER_S = 1_000_000
const BYTES_PER_MB = 1_000_000
const BYTES_PER_GB = 1_000_000_000

/** By name. */
export async function tables(): Promise<Record<string, string>> {
  return {
    comparison: await comparisonTable(),
    limits: limitsTable(),
    days: await daysTable(),
    rising: await risingTable(),
    providers: providersTable(),
    disk: diskTable(),
    connections: connectionsTable(),
  }
}

async function comparisonTable(): Promise<string> {
  const rows = (await compare()).map(({ benchmark, figure, measured, simulated, ratio, isWithin }) => {
    const figures = [shown(measured), shown(simulated), ratio.toFixed(2)]
    return [benchmark, figure, ...figures, isWithin ? 'yes' : '**no**']
  })
  return markdownTable(['Benchmark', 'Figure', 'Measured', 'Simulated', 'Ratio', 'Within 20 %'], rows)
}

function limitsTable(): string {
  const rows = Object.entries(pushUs).map(([part, us]) => {
    const most = US_PER_S / us
    const aDay = (most * planned.PLANNED_SHARE * S_PER_DAY) / planned.PEAK_FACTOR
    return [part, us.toFixed(0), shown(most), shown(most * planned.PLANNED_SHARE), millions(aDay)]
  })
  const planTitles = [`At ${percent(planned.PLANNED_SHARE)}`, `A day, with a peak factor of ${planned.PEAK_FACTOR}`]
  return markdownTable(['Part', 'CPU of a push in µs', 'Pushes/s at most', ...planTitles], rows)
}

async function daysTable(): Promise<string> {
  const rows = []
  for (const { day, machines, options } of planned.plans) {
    const load = await simulateDay(day, options)
    const allCores = load.machine === undefined ? '' : percent(load.machine)
    rows.push([millions(day.pushes), String(day.peakFactor), rateOf(day), machines, allCores, ...loadCells(load)])
  }
  return markdownTable(['Pushes a day', 'Peak factor', 'Pushes/s', 'Machines', 'All cores', ...LOAD_TITLES], rows)
}

async function risingTable(): Promise<string> {
  const rows = []
  for (const { day, options } of planned.rising) {
    rows.push([millions(day.pushes), rateOf(day), ...loadCells(await simulateDay(day, options))])
  }
  return markdownTable(['Pushes a day', 'Pushes/s', ...LOAD_TITLES], rows)
}

const LOAD_TITLES = ['API', 'Worker', 'Postgres', 'Redis', 'p50 ms', 'p99 ms']

function loadCells({ busy, p50, p99 }: Load): string[] {
  const shares = [busy.api, busy.worker, busy.postgres, busy.redis].map(percent)
  return [...shares, p50.toFixed(1), p99.toFixed(1)]
}

const rateOf = (day: Day) => shown(Math.round(peakOf(day)))

function providersTable(): string {
  const peaks = planned.plans.map(({ day }) => Math.round(peakOf(day)))
  const differentPeaks = [...new Set(peaks)]
  const rows = planned.providerTimesMs.map((ms) => {
    const ofWorker = (planned.SENDS_AT_ONCE * 1000) / ms
    return [`${ms} ms`, shown(ofWorker), ...differentPeaks.map((peak) => String(Math.ceil(peak / ofWorker)))]
  })
  const titles = differentPeaks.map((peak) => `Workers for ${shown(peak)}/s`)
  return markdownTable(['The provider takes', 'Pushes/s of a worker', ...titles], rows)
}

function diskTable(): string {
  const rows = planned.daysOfPushes.map((pushes) => {
    const peak = peakOf({ pushes, peakFactor: planned.PEAK_FACTOR })
    const walOfDay = gigabytes(pushes * bytes.walOfPush)
    const wal = [walOfDay, ((peak * bytes.walOfPush) / BYTES_PER_MB).toFixed(1)]
    return [millions(pushes), ...wal, ...planned.retentions.map((days) => gigabytes(pushes * bytes.kept * (days + 1)))]
  })
  const kept = planned.retentions.map((days) => `GB kept with RETENTION_DAYS=${days}`)
  return markdownTable(['Pushes a day', 'GB of WAL a day', 'MB of WAL a second at the peak', ...kept], rows)
}

function connectionsTable(): string {
  const rows = planned.realtime.map(({ connections, nodes, basis }) => {
    const each = connections / nodes
    const mb = memory.youngGenerationMb + (each * memory.connectionKb) / 1024
    const toAllMs = (each * 1000) / fanoutRate(1)
    return [shown(connections), String(nodes), shown(each), mb.toFixed(0), toAllMs.toFixed(0), basis]
  })
  const titles = ['Connections', 'Nodes', 'Connections of a node', 'MB of a node for them']
  return markdownTable([...titles, 'ms to write one message to all of them', 'Memory is'], rows)
}

const percent = (share: number) => `${Math.round(share * 100)} %`
const gigabytes = (count: number) => shown(count / BYTES_PER_GB)
const millions = (count: number) => `${Math.round(count / 1_000_000)} M`
