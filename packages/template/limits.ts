/** What one template may cost. */
export interface TemplateLimits {
  /** Characters of a source that holds `{{` or `{%`, its Go names already replaced by Liquid. */
  sourceLength: number
  /** Characters and list items that one rendering may write or make, its result included. */
  memory: number
  /** Milliseconds for parsing, and again for each rendering. */
  time: number
}

export const DEFAULT_LIMITS: TemplateLimits = { sourceLength: 500_000, memory: 1_000_000, time: 500 }
