import type { PushData, PusherFields, Template, TemplateSelection } from '@carillon/contract'
import { type ApiCall, path } from './request.ts'

/** What a version of a template consists of. */
export interface TemplateFields {
  /** `partial`: a text that other templates render. */
  sender: string
  /** A BCP 47 tag; absent: for all locales that have no template of their own. */
  locale?: string
  /** What the sender takes as the data of a push. */
  data: PushData
  /** Refuse pushes without every name of `vars` that it mentions. */
  strict?: boolean
  category?: string
}

/** A template with its data: the JSON as it was stored, or text. */
export type TemplateWithData = Template & { data: unknown }

/** How a template is rendered once. */
interface RenderOptions {
  /** May be absent if the template is for one sender only. */
  sender?: string
  /** Default: the pusher's. */
  locale?: string
  vars?: object
}

export interface TemplateCalls {
  /** All, by name, without their data. */
  getTemplates(): Promise<Template[]>
  /** With its data, for each sender and locale. @throws ApiError `template_not_found`. */
  getTemplate(name: string, selection?: TemplateSelection & { version?: number }): Promise<TemplateWithData[]>
  /** Stores a version, unless the newest is the same. @throws ApiError `invalid_field`, with the place of what is broken. */
  putTemplate(name: string, fields: TemplateFields): Promise<Template>
  /** @throws ApiError `template_not_found`, or `conflict` for a partial that a template renders. */
  removeTemplate(name: string, selection?: TemplateSelection): Promise<void>
  /** Newest first; `after` is the number of the last one of the page before. */
  getTemplateVersions(name: string, page?: { after?: number; size?: number }): Promise<Template[]>
  /** Stores an earlier version again, as the newest one. */
  rollbackTemplate(name: string, version: number): Promise<Template>
  /** Renders it without sending it. @param options `pusher` is an id, or the fields of a pusher. */
  previewTemplate(
    name: string,
    options?: RenderOptions & { pusher?: string | PusherFields },
  ): Promise<Record<string, unknown>>
  /** Sends it to one pusher. @returns the push's name */
  testTemplate(name: string, pusher: string, options?: RenderOptions): Promise<string>
}

/** The calls about stored templates; `pushTemplate` pushes one. */
export function templateCalls(call: ApiCall): TemplateCalls {
  return {
    async getTemplates() {
      return (await call<{ templates: Template[] }>('GET', '/v1/templates')).templates
    },
    async getTemplate(name, selection) {
      const content = { query: { ...selection } }
      return (await call<{ templates: TemplateWithData[] }>('GET', path`/v1/templates/${name}`, content)).templates
    },
    async putTemplate(name, fields) {
      const content = { form: { ...fields } }
      return (await call<{ template: Template }>('PUT', path`/v1/templates/${name}`, content)).template
    },
    async removeTemplate(name, selection) {
      await call('DELETE', path`/v1/templates/${name}`, { query: { ...selection } })
    },
    async getTemplateVersions(name, page) {
      const content = { query: { ...page } }
      return (await call<{ versions: Template[] }>('GET', path`/v1/templates/${name}/versions`, content)).versions
    },
    async rollbackTemplate(name, version) {
      const content = { form: { version } }
      return (await call<{ template: Template }>('POST', path`/v1/templates/${name}/rollback`, content)).template
    },
    async previewTemplate(name, options) {
      const content = { form: { ...options } }
      const route = path`/v1/templates/${name}/preview`
      return (await call<{ preview: Record<string, unknown> }>('POST', route, content)).preview
    },
    async testTemplate(name, pusher, options) {
      const content = { form: { ...options, pusher } }
      return (await call<{ name: string }>('POST', path`/v1/templates/${name}/test`, content)).name
    },
  }
}
