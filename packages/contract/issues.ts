import type { StandardSchemaV1 } from '@standard-schema/spec'

/** One sentence for a schema's issues, each with the path of its field; values are never repeated. */
export function describeIssues(issues: readonly StandardSchemaV1.Issue[]): string {
  return issues.map(describeIssue).join('; ')
}

function describeIssue({ message, path }: StandardSchemaV1.Issue): string {
  const field = path?.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
  return field ? `${field}: ${message}` : message
}
