import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { constants, createBrotliCompress, createGzip } from 'node:zlib'

const WORTH = /\.(js|css|html|svg|json|txt|webmanifest)$/
const ENCODINGS = {
  '.br': () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
  '.gz': () => createGzip({ level: 9 }),
}

/**
 * Puts `.br` and `.gz` beside each built file that becomes smaller by them, for a server to choose from.
 *
 * @returns {import('vite').Plugin}
 */
export function compressed() {
  let folder = ''
  return {
    name: 'compressed',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir)
    },
    async closeBundle() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true })
      const files = entries.filter((entry) => entry.isFile() && WORTH.test(entry.name))
      await Promise.all(files.map((file) => compress(join(file.parentPath, file.name))))
    },
  }
}

/** @param {string} path */
async function compress(path) {
  const { size } = await stat(path)
  for (const [suffix, encoder] of Object.entries(ENCODINGS)) {
    await pipeline(createReadStream(path), encoder(), createWriteStream(path + suffix))
    if ((await stat(path + suffix)).size >= size) await rm(path + suffix)
  }
}
