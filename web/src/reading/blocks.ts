// Some screens of text: less than a browser lays out in the blink of an eye.
const BLOCK = 8 * 1024

/** A text in pieces that end with a line where they can, so that a long one is laid out only where it is seen. */
export function blocksOf(text: string): string[] {
  const blocks: string[] = []
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at + BLOCK)
    blocks.push(text.slice(at, end < 0 ? undefined : end + 1))
    at = end < 0 ? text.length : end + 1
  }
  return blocks
}
