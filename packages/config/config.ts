import type { SenderRate } from './rates.ts'
import type { SettingKey, SettingName, Settings } from './settings.ts'

/** Where a value was given; each beats those after it. */
export type Source = 'flag' | 'env' | 'file' | 'default'

export type Environment = Readonly<Record<string, string | undefined>>

/** Everything the operator said, checked and frozen. */
export type Config = Settings & {
  /** No key is configured: no signature is asked, and `host` is a loopback address. */
  readonly open: boolean
  /** Those of `RATE_<SENDER>`. */
  readonly rates: readonly SenderRate[]
  /** Sentences the operator should read at start; none holds a secret. */
  readonly notices: readonly string[]
  /** By key: `sources.port`. */
  readonly sources: Readonly<Record<SettingKey, Source>>
  /** The process's environment, which `senderEnv` hands on. */
  readonly environment: Environment
}

/** A value somebody gave, before it is checked. Never empty: an empty text means "not set". */
export interface Given {
  text: string
  source: Source
  /** How a sentence names the setting: `PORT`, `--port`, `port in carillon.json`. */
  called: string
}

export type GivenSettings = Partial<Record<SettingName, Given>>

/** Every problem at once, a sentence a line; none repeats a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}
