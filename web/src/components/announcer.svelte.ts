import { untrack } from 'svelte'

let said = $state('')
let seen = $state(false)

/** What was said last to those who listen, and whether everybody should see it. */
export const announced = {
  get text(): string {
    return said
  },
  get visible(): boolean {
    return seen
  },
}

/** Says something that changed without a move of the focus. */
export function announce(text: string, visible = false): void {
  // The same again would not be a change. Whoever says it does not wait for the next.
  said = untrack(() => said) === text ? `${text}\u00a0` : text
  seen = visible
}

export const dismiss = (): void => {
  said = ''
  seen = false
}
