import { expect, test } from 'vitest'
import { blocksOf } from './blocks'

const LENGTH = 8 * 1024

test.each([
  ['', []],
  ['short\n', [6]],
  ['line of ten'.slice(0, 9).concat('\n').repeat(1000), [8190, 1810]],
  ['nine word '.repeat(1000), [8190, 1810]],
  ['x'.repeat(2 * LENGTH), [LENGTH, LENGTH]],
  [`x${'🙂'.repeat(LENGTH)}`, [LENGTH + 1, LENGTH]],
  [`${'x'.repeat(LENGTH)}\u0301y`, [LENGTH + 1, 1]],
])('%#', (text, lengths) => {
  const blocks = blocksOf(text)
  expect(blocks.map(({ length }) => length)).toEqual(lengths)
  expect(blocks.join('')).toBe(text)
})
