import type { Problem } from '../api/problem'
import type { Lifetime } from './lifetime'
import type { Sent } from './send'

/** What is being written. */
export class Draft {
  text = $state('')
  password = $state('')
  /** Seconds from the moment it is sent, or a local time as `datetime-local` gives it. */
  lifetime = $state<Lifetime | string>(604_800)
  /** 0: as often as anybody likes, until it ends. */
  views = $state(1)
  slug = $state('')
  /** A letter when it is opened; for who is signed in. */
  notify = $state(false)

  /** All of it as it is now. */
  copy(): Written {
    const { text, password, lifetime, views, slug, notify } = this
    return { text, password, lifetime, views, slug, notify }
  }

  /** Forgets what was sent, or all of it. What was written since stays. */
  clear(sent: Written = this.copy()): void {
    const now = this.copy()
    const kept = Object.entries(now).filter(([name, value]) => !Object.is(value, sent[name as keyof Written]))
    Object.assign(this, new Draft().copy(), Object.fromEntries(kept))
  }
}

export type Written = Omit<Draft, 'copy' | 'clear'>

/** In memory, so that a look at another page does not lose it, and a reload does. */
export const draft = new Draft()

/** What becomes of the draft, whichever page is shown meanwhile. In memory as well: the link exists nowhere else. */
class Outcome {
  busy = $state(false)
  problem = $state.raw<Problem>()
  /** Until another is begun. */
  sent = $state.raw<Sent>()
  /** Its link was copied or shared. */
  safe = false
  /** Counts how often all was forgotten: what was sent before is not shown after. */
  turn = 0
}

export const outcome = new Outcome()

/** Whether something would be lost with what is at hand here: a draft, what is on its way, a link that was not copied. */
export const isUnsafe = (): boolean =>
  outcome.busy || draft.text !== '' || (outcome.sent !== undefined && !outcome.safe)

/** Asks before a draft, or a link that was not copied, goes with the document. */
export function startGuard(): void {
  addEventListener('beforeunload', (event) => {
    if (isUnsafe()) event.preventDefault()
  })
}
