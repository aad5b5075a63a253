import { CarillonError, describeIssues, PARTIAL, type Pusher, type PushTemplate } from '@carillon/contract'
import type { TemplateSubject } from '@carillon/template'
import { parseData } from '../data.ts'
import { exampleLinks } from '../send/links.ts'
import { textOf } from '../send/text.ts'
import { type IssueDeps, schemaOf } from './issues.ts'

type RenderDeps = Pick<IssueDeps, 'senders' | 'templates' | 'publicUrl'>

interface Rendering {
  sender: string
  data: string
  pusher: Pusher
  template: PushTemplate
}

/** What a pusher reads of a template. @throws CarillonError `invalid_field` if it cannot be rendered */
export async function render(deps: RenderDeps, { sender, data, pusher, template }: Rendering): Promise<object> {
  const subject = { pusher, template, links: exampleLinks(deps.publicUrl) }
  try {
    if (sender === PARTIAL) return renderPartial(deps, data, subject)
    const schema = schemaOf(deps.senders, sender, new Set(template.partials.keys()))
    const read = await schema['~standard'].validate(parseData(data))
    if (read.issues) throw unrenderable(describeIssues(read.issues))
    return deps.senders.get(sender)?.preview?.({ ...subject, data: read.value }) ?? {}
  } catch (error) {
    if (error instanceof CarillonError) throw error
    throw unrenderable(textOf(error instanceof Error ? error.message : error))
  }
}

/** A partial stands in both. */
function renderPartial({ templates }: RenderDeps, source: string, subject: TemplateSubject): object {
  const html = templates.compile(source, { markup: 'html' })(subject)
  return { html, text: templates.compile(source)(subject) }
}

function unrenderable(reason: string): CarillonError {
  return new CarillonError('invalid_field', `the template cannot be rendered: ${reason}`)
}
