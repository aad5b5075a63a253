export function installIfNeeded(root: string): Promise<void>
export function needsInstall(root: string): boolean
export function npmCommand(
  env: Record<string, string | undefined>,
  platform: string,
): { command: string; args: string[]; shell: boolean }
