import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { NotConfigured, Sender, SenderContext, SenderDefinition } from './sender.ts'
import { describeIssues } from './issues.ts'
import { SetupError } from './setup-error.ts'

interface Definition<Options extends StandardSchemaV1> {
  name: string
  /** Parses the environment into typed options. */
  options: Options
  data?: StandardSchemaV1
  /** Characters of data that one push may have; default 1 MB. */
  mostData?: number
  /** Seconds; default 30. */
  timeout?: number
  create(
    options: StandardSchemaV1.InferOutput<Options>,
    context: SenderContext,
  ): SenderMethods | NotConfigured | Promise<SenderMethods | NotConfigured>
}

/** With a `data` of its own a worker goes on taking what an earlier version has accepted. */
type SenderMethods = Omit<Sender, 'name' | 'timeout' | 'mostData'>

/** A sender with typed options from the environment. */
export function defineSender<Options extends StandardSchemaV1>(definition: Definition<Options>): SenderDefinition {
  const { name, data, timeout, mostData } = definition
  const fixed = { name, ...(timeout !== undefined && { timeout }), ...(mostData !== undefined && { mostData }) }
  const checked = data && { data }
  return {
    ...fixed,
    ...checked,
    async create(env, context) {
      const options = await definition.options['~standard'].validate(env)
      if (options.issues) throw new SetupError(`Sender ${name} cannot start: ${describeIssues(options.issues)}`)
      const made = await definition.create(options.value, context)
      return 'missing' in made ? made : { ...checked, ...made, ...fixed }
    },
  }
}
