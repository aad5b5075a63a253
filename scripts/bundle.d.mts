export function bundle(root: string): Promise<string>
export function isFresh(root: string, entry: string): boolean
