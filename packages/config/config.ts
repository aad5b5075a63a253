import type { Rate } from '@carillon/contract'
import type { SettingKey, SettingName, SettingValues } from './settings.ts'

/** Where a value was given. Each source overrides those after it. */
export type Source = 'flag' | 'env' | 'file' | 'default'

export type Environment = Readonly<Record<string, string | undefined>>

/** A setting `RATE_<SENDER>`, checked. */
export interface SenderRate extends Rate {
  /** `RATE_SENDSMS` */
  name: string
  /** As it was given: `10/s`. */
  text: string
  source: Source
}

/** The whole configuration, checked and frozen. */
export type Config = SettingValues & {
  /** No key is configured: no signature is required, and `host` is a loopback address. */
  readonly open: boolean
  /** The settings `RATE_<SENDER>`. */
  readonly rates: readonly SenderRate[]
  /** Sentences that the operator should read at start; none holds a secret. */
  readonly notices: readonly string[]
  /** By key: `sources.port`. */
  readonly sources: Readonly<Record<SettingKey, Source>>
  /** The process's environment, which `senderEnv` passes on. */
  readonly environment: Environment
}

/** A value from one of the sources, before it is checked. Never empty: an empty text means "not set". */
export interface GivenSetting {
  text: string
  source: Source
  /** How a sentence names the setting: `PORT`, `--port`, `port in carillon.json`. */
  called: string
}

export type GivenSettings = Partial<Record<SettingName, GivenSetting>>

/** Every problem at once, a sentence a line; none repeats a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/**
 * The text of a flag's value, or of one in JSON: SENDERS may be a list, null means "not set".
 * Undefined: none of these.
 */
export function asText(value: unknown): string | undefined {
  if (value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return isTexts(value) ? value.join(',') : undefined
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
