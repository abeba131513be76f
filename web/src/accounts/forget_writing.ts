import { draft, outcome } from '../writing/draft.svelte'

/** Whoever signs out on purpose leaves nothing at hand that was theirs: no draft, no link, no password. */
export function forgetWriting(): void {
  draft.clear()
  outcome.sent = outcome.problem = undefined
  outcome.turn++
}
