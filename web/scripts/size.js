// How much of JS and CSS the first visit of the home page loads, compressed. Fails over the limit.
import { readdir, readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'

const LIMIT = 30_000
const dist = new URL('../dist/', import.meta.url)
/** @type {Record<string, { file: string, imports?: string[], css?: string[] }>} */
const manifest = JSON.parse(await readFile(new URL('.vite/manifest.json', dist), 'utf8'))

// What a browser loads for `/` in English: the entry, the page and its words, and all that these import.
const FIRST = ['common', 'write'].map((name) => `src/languages/en/${name}.ts`)
// Part of the entry, unless the bundler gave it a file of its own.
const PAGE = 'src/pages/index.svelte'
const files = new Set()
/** @param {string} name */
function add(name) {
  const chunk = manifest[name]
  if (chunk === undefined) throw new Error(`${name} is not in the manifest`)
  if (files.has(chunk.file)) return
  files.add(chunk.file)
  for (const style of chunk.css ?? []) files.add(style)
  for (const other of chunk.imports ?? []) add(other)
}
FIRST.forEach(add)
if (PAGE in manifest) add(PAGE)
const page = await readFile(new URL('index.html', dist), 'utf8')
for (const [, file] of page.matchAll(/"\/(assets\/[^"]+\.(?:js|css))"/g)) files.add(file)

let total = 0
for (const file of files) {
  const bytes = gzipSync(await readFile(new URL(file, dist)), { level: 9 }).length
  total += bytes
  console.log(`${String(bytes).padStart(7)}  ${file}`)
}
console.log(
  `${String(total).padStart(7)}  first load, of ${LIMIT} bytes (${(await readdir(new URL('assets/', dist))).length} assets in all)`,
)
if (total > LIMIT) process.exit(1)
