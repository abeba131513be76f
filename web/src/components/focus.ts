import { tick } from 'svelte'

/** Back to where the page begins, once what had the focus is gone. */
export async function focusHeading(how?: FocusOptions): Promise<void> {
  await tick()
  // What could not be had yet has no heading.
  const start = document.querySelector('h1') ?? document.querySelector('main')
  start?.focus(how)
}

/** Before something goes that may have the focus: if it has, the focus goes back to the heading. */
export async function keepFocus(): Promise<void> {
  const had = document.activeElement !== document.body
  await tick()
  if (had && document.activeElement === document.body) await focusHeading({ preventScroll: true })
}

/**
 * Remembers the place of the button that has the focus among all of the page. What is returned focuses the one that
 * stands there when the focus is lost because its button is gone; where none does, it goes back to the heading.
 */
export function keepPlace(): () => Promise<void> {
  // Those of dialogs that are closed cannot have it.
  const buttons = () => [...document.querySelectorAll('button')].filter((button) => button.checkVisibility())
  const place = buttons().findIndex((button) => button === document.activeElement)
  return async () => {
    await tick()
    if (document.activeElement !== document.body) return
    buttons()[place]?.focus()
    if (document.activeElement === document.body) await focusHeading()
  }
}
