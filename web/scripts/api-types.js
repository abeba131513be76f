// Writes src/api/schema.d.ts from the API's description, or with --check says whether it is current.
import { readFile, writeFile } from 'node:fs/promises'
import openapi, { astToString } from 'openapi-typescript'

const description = new URL('../../docs/openapi.json', import.meta.url)
const target = new URL('../src/api/schema.d.ts', import.meta.url)

const types = `// Generated from docs/openapi.json by \`npm run gen\`.\n\n${astToString(await openapi(description, { defaultNonNullable: false }))}`
if (process.argv.includes('--check')) {
  if ((await readFile(target, 'utf8')) !== types) {
    console.error('src/api/schema.d.ts is not what docs/openapi.json says: npm run gen')
    process.exit(1)
  }
} else {
  await writeFile(target, types)
}
