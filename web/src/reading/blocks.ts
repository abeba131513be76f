// Some screens of text: less than a browser lays out in the blink of an eye.
const BLOCK = 8 * 1024

// What belongs to the character before it: the half of a pair, an accent, a joiner.
const CONTINUES = /^(?:[\uDC00-\uDFFF\u200D]|\p{M})/u

/**
 * A text in pieces of 8 Ki at most (and some characters), so that a long one is laid out only where it is seen. They
 * end with a line, else with a word, else between characters. Together they are the text.
 */
export function blocksOf(text: string): string[] {
  const blocks: string[] = []
  for (let at = 0; at < text.length;) {
    const end = at + lengthOf(text, at)
    blocks.push(text.slice(at, end))
    at = end
  }
  return blocks
}

function lengthOf(text: string, at: number): number {
  const piece = text.slice(at, at + BLOCK)
  if (piece.length < BLOCK) return piece.length
  const whole = piece.lastIndexOf('\n') + 1 || piece.lastIndexOf(' ') + 1
  if (whole > 0) return whole
  let length = BLOCK
  while (length < 2 * BLOCK && CONTINUES.test(text.slice(at + length, at + length + 2))) length++
  return length
}
