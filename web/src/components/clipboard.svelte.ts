let latest = $state.raw('')
let turn = 0

/** What was put into the clipboard last from here. Another program may have put something else there since. */
export const inClipboard = (): string => latest

/**
 * Puts a text there, or what becomes of a promise: some browsers let nobody copy once the press is over. False when it
 * was refused.
 */
export async function copy(text: string | Promise<string>): Promise<boolean> {
  const mine = ++turn
  try {
    await navigator.clipboard.write([new ClipboardItem({ 'text/plain': text })])
  } catch {
    try {
      await navigator.clipboard.writeText(await text)
    } catch {
      return false
    }
  }
  const copied = await text
  if (mine === turn) latest = copied
  return true
}
