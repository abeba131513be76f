// Measures the first page of a running gateway five times, and prints the median of each category.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const VERSION = '12.8.2' // the last one that Node 20 runs
const RUNS = 5
const address = process.env['ONASTY_GATEWAY'] ?? 'http://127.0.0.1:8080'

/** @type {Record<string, number[]>} */
const taken = {}
for (let run = 0; run < RUNS; run++) {
  const { stdout } = await promisify(execFile)(
    'npx',
    [
      '--yes',
      `lighthouse@${VERSION}`,
      address,
      '--quiet',
      '--output=json',
      '--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-background-networking',
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  )
  const { categories, audits } = JSON.parse(stdout)
  for (const { id, score } of Object.values(categories)) (taken[id] ??= []).push(Math.round(score * 100))
  for (const id of ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time'])
    (taken[`${id}, ms`] ??= []).push(Math.round(audits[id].numericValue))
  if (run > 0) continue
  for (const { title, score, scoreDisplayMode } of Object.values(audits))
    if (scoreDisplayMode === 'binary' && score === 0) console.log(`failed: ${title}`)
}
for (const [what, numbers] of Object.entries(taken))
  console.log(what.padEnd(32), numbers.sort((one, other) => one - other)[Math.floor(RUNS / 2)])
