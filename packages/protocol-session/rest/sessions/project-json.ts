import type { App } from '@carillon/contract'

/** What calls that mute answer with. */
export function projectJson({ key, name, createdAt }: App): object {
  return { applicationId: key, status: 'ACTIVE', name, environment: 'standard', createdAt: createdAt * 1000 }
}
