import { tick } from 'svelte'

/** Back to where the page begins, once what had the focus is gone. */
export async function focusHeading(): Promise<void> {
  await tick()
  document.querySelector('h1')?.focus()
}
