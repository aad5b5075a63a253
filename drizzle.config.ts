import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: './packages/store/schema/index.ts',
  out: './packages/store/migrations',
})
