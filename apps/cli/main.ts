import { setCompiler } from '@carillon/store/compiler'

// What V8 has compiled before, it reads again only under the flags under which it was: they come before all else.
setCompiler()
await import('./command-line.ts')
