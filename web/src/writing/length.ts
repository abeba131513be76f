/** Of a note's text, in UTF-8. */
export const LONGEST = 512 * 1024

/** By how many bytes a text is too long; 0 when it fits. */
export function excess(text: string): number {
  // No character of a string has more than three bytes: most texts need not be looked at.
  if (text.length * 3 <= LONGEST) return 0
  return Math.max(0, new TextEncoder().encode(text).length - LONGEST)
}
