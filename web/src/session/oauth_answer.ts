import { mayBeSignedIn, resumeSession } from './session.svelte'

export const SIGNED_IN = 'signed_in'

// Where a provider sends a browser back to; the first is what the server does today.
const ENDS = new Set(['/', '/oauth/callback'])

/** What a sign-in elsewhere came to: `signed_in`, or the code of a refusal. Undefined when nobody comes from one. */
export function oauthAnswer(address: Pick<Location, 'pathname' | 'hash'>): string | undefined {
  if (!ENDS.has(address.pathname)) return undefined
  return refusalIn(address)
}

/** The same on the page where it is told. */
export const refusalIn = ({ hash }: Pick<Location, 'hash'>): string | undefined =>
  /^#oauth=(\w+)$/.exec(hash)?.[1]

/**
 * Where that is told: who had a session was about to link an account to it, everybody else to sign in. A page of its
 * own in each case, so that nothing that is being written is touched.
 */
export function afterOauth(answer: string, hadSession: boolean): string {
  const page = hadSession ? '/profile' : answer === SIGNED_IN ? '/dashboard' : '/auth'
  return answer === SIGNED_IN ? page : `${page}#oauth=${answer}`
}

/** Takes up what a sign-in elsewhere came to, before any page is shown; does nothing for who comes from nowhere. */
export function comeBack(): void {
  const answer = oauthAnswer(location)
  if (answer === undefined) return
  history.replaceState(null, '', afterOauth(answer, mayBeSignedIn()))
  if (answer === SIGNED_IN) resumeSession()
}
