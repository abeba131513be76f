import { Problem, problemOf } from '../api/problem'
import { kept } from '../storage/kept'

// Loaded when there is a session to ask about: most visitors have none.
const client = () => import('../api/client')

/**
 * - `unknown`: there may be a session; whether there is, the server has not said yet
 * - `ended`: there was one, it is over, and nobody was told so far
 */
export type SessionState = 'unknown' | 'signed_out' | 'signed_in' | 'ended'

// Says that there may be a session, and whether that is a guess, or that it ended, and nothing else: without it nobody
// asks the server on each page.
const HINT = 'onasty.session'
const MAYBE = '1'
// An address says so, which anybody can write.
const GUESS = '2'
const ENDED = 'ended'
const LOCK = 'onasty-session'

let state = $state<SessionState>('signed_out')
let token: string | undefined
let refreshing: Promise<string> | undefined
// Counted: an answer that was asked for before the last of them is out of date.
let changes = 0

export const session = {
  get state(): SessionState {
    return state
  },
}

/** Finds out whether somebody is signed in, and follows what other tabs do. Returns at once. */
export function startSession(): void {
  addEventListener('storage', ({ key, newValue }) => {
    if (key !== HINT && key !== null) return
    if (newValue === null) leave()
    else if (newValue === ENDED) end()
    else if (token === undefined) resumeSession()
  })
  const hint = kept.get(HINT)
  if (hint && hint !== ENDED) resumeSession()
}

/** As far as this browser knows; the server may know better. */
export const mayBeSignedIn = (): boolean => kept.get(HINT) === MAYBE

/** A session may have begun elsewhere, by a provider or in another tab: finds out. Returns at once. */
export function resumeSession(): void {
  if (!mayBeSignedIn()) kept.set(HINT, GUESS)
  state = 'unknown'
  // Whoever needs the token asks again, and is told then what is wrong.
  refresh(token).catch(() => undefined)
}

/** Throws the `Problem` of the refusal. */
export async function signIn(email: string, password: string): Promise<void> {
  const { call } = await client()
  await alone(async () => enter(await call('post', '/api/v1/session', { body: { email, password } })))
}

/** Ends the session here and in the other tabs. Throws a `Problem` when the server does not know of it yet. */
export async function signOut(): Promise<void> {
  const { call } = await client()
  await alone(async () => {
    await call('delete', '/api/v1/session')
    leave()
  })
}

/** Who was told that their session ended goes on without. */
export function goOnSignedOut(): void {
  if (state === 'ended') leave()
}

/**
 * The access token, or undefined for who is signed out. Waits for a refresh that is under way, so that nothing is done
 * without a name that was meant to have one. Throws `session_ended`, or why it cannot be known.
 */
export async function accessToken(): Promise<string | undefined> {
  if (state === 'ended') throw new Problem('session_ended')
  if (state !== 'unknown' && refreshing === undefined) return token
  const guessed = kept.get(HINT) === GUESS
  return refresh(token).catch((thrown: unknown) => {
    // Where a session was only guessed at, a refusal ends none.
    if (!guessed || state !== 'signed_out') throw thrown
    return undefined
  })
}

/**
 * Another token in the place of one that the server refused. Throws `session_ended` when there is none, also after a
 * sign-out in another tab: a name was meant. Throws why it cannot be known.
 */
export async function refresh(refused: string | undefined): Promise<string> {
  if (token !== undefined && token !== refused) return token
  refreshing ??= alone(() => renew(refused)).finally(() => (refreshing = undefined))
  return refreshing
}

async function renew(refused: string | undefined): Promise<string> {
  // Much may have happened while this one waited for the lock.
  if (token === undefined || token === refused) await ask()
  if (token === undefined || token === refused) throw new Problem('session_ended')
  return token
}

async function ask(): Promise<void> {
  const hint = kept.get(HINT)
  if (hint === null) {
    leave()
    return
  }
  if (hint === ENDED) {
    end()
    return
  }
  const before = changes
  try {
    const { call } = await client()
    const opened = await call('post', '/api/v1/session/refresh')
    if (before === changes) enter(opened)
  } catch (thrown) {
    // What happened meanwhile is newer than this answer.
    if (before !== changes) return
    const problem = problemOf(thrown)
    if (problem.code !== 'session_invalid' && problem.code !== 'unauthenticated') throw problem
    // To who had none, none ended.
    if (hint === GUESS) {
      leave()
      return
    }
    kept.set(HINT, ENDED)
    end()
  }
}

/** One tab at a time: a refresh token is good once, and the cookie that holds it belongs to all of them. */
async function alone<T>(action: () => Promise<T>): Promise<T> {
  // Without a secure context there are no locks.
  if (!('locks' in navigator)) return action()
  return navigator.locks.request(LOCK, action)
}

function enter(opened: { access_token: string }): void {
  changes++
  token = opened.access_token
  state = 'signed_in'
  kept.set(HINT, MAYBE)
}

/** The session ended by what somebody did here (another password, the end of the account). */
export { leave as sessionIsOver }

function leave(): void {
  changes++
  token = undefined
  state = 'signed_out'
  kept.remove(HINT)
}

/** Nobody meant it to: each tab says so, and keeps what was typed there. */
function end(): void {
  changes++
  token = undefined
  state = 'ended'
}
