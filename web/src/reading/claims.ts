import type { Schemas } from '../api/problem'
import { randomText } from '../crypto/base64url'
import { keptInTab } from '../storage/kept'

/** What this tab asked for, with what the server said of it before: afterwards it tells nobody. */
export interface Claimed {
  claim: string
  metadata: Schemas['NoteMetadata']
  /** Until when the note is given out again, in milliseconds of this clock. Missing while no answer came. */
  until?: number
  /** When its view was taken, by the server's clock, as it writes it. Missing where the answer that said so was lost. */
  readAt?: string
}

/** Whose view was the last of a note that is over: that of this claim, or, after it or before, that of another. */
export type Last = 'here' | 'elsewhere'

export const lastOf = ({ metadata, readAt }: Claimed, lastAt: string | undefined): Last =>
  metadata.views_left === 1 || (readAt !== undefined && readAt === lastAt) ? 'here' : 'elsewhere'

/** Whether this tab asked for a note, what came of it, and whether the time to ask again is over. */
export type Asked = 'never' | 'unanswered' | 'answered' | 'over'

const key = (slug: string): string => `onasty.claim.${slug}`

/**
 * The claim of a note that this tab asked for, kept before it is sent: whether the answer is lost or the page loaded
 * again, the same claim gets the same note until its lease ends. Neither the note nor a key is kept.
 */
export const claims = {
  /** Undefined when this tab asked for nothing yet. */
  of: (slug: string): Claimed | undefined => {
    const kept = keptInTab.get(key(slug))
    try {
      return kept === null ? undefined : (JSON.parse(kept) as Claimed)
    } catch {
      return undefined
    }
  },
  asked: (slug: string): Asked => {
    const claimed = claims.of(slug)
    if (claimed === undefined) return 'never'
    if (claimed.until === undefined) return 'unanswered'
    return claimed.until > Date.now() ? 'answered' : 'over'
  },
  make: (slug: string, metadata: Claimed['metadata']): string => {
    const claimed = claims.of(slug) ?? { claim: randomText(16), metadata }
    keptInTab.set(key(slug), JSON.stringify(claimed))
    return claimed.claim
  },
  answered: (slug: string, answer: Pick<Claimed, 'until' | 'readAt'>): void => {
    keptInTab.set(key(slug), JSON.stringify({ ...claims.of(slug), ...answer }))
  },
  forget: (slug: string): void => keptInTab.remove(key(slug)),
}
