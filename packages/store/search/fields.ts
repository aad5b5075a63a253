/** The marks that stand for the fields in the index. */
export const fieldMarks = { id: 'i', email: 'e', nickname: 'n', phoneNumber: 'p', senders: 's', tags: 't' } as const

export type TextField = keyof typeof fieldMarks
export type Field = TextField | 'createdAt'

export const textFields = Object.keys(fieldMarks) as TextField[]

const byPlainName = new Map<string, Field>([...textFields, 'createdAt' as const].map((field) => [plain(field), field]))

/** Also in the spelling of the legacy client's structs and forms: `NickName`, `phonenumber`, `created_at`. */
export function fieldNamed(name: string): Field | undefined {
  return byPlainName.get(plain(name))
}

function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}
