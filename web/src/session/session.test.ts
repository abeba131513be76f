import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type * as Store from './session.svelte'

type Listener = (event: { key: string; newValue: string | null }) => void

let store: typeof Store
let answers: (() => Response | Promise<Response>)[]
let asked: string[]
let heard: Listener[]
let stored: Map<string, string>

const json = (status: number, body: object) => () => Response.json(body, { status })
const TOKEN = json(200, { access_token: 'one' })
const REFUSED = json(401, { code: 'session_invalid', detail: '' })

/** An answer that comes when it is called for. */
function later() {
  let come: (answer: () => Response) => void = () => undefined
  const coming = new Promise<Response>((resolve) => (come = (answer) => resolve(answer())))
  return { coming: () => coming, come }
}

/** Locks as browsers have them: one after the other. */
function withLocks(): void {
  let last: Promise<unknown> = Promise.resolve()
  const request = (_: string, action: () => unknown) => (last = last.then(action, action))
  vi.stubGlobal('navigator', { onLine: true, languages: ['en'], locks: { request } })
}

/** What another tab does is seen in the storage, and heard. */
function elsewhere(value: string | null): void {
  if (value === null) stored.delete('onasty.session')
  else stored.set('onasty.session', value)
  heard.forEach((listener) => listener({ key: 'onasty.session', newValue: value }))
}

beforeEach(async () => {
  vi.resetModules()
  answers = []
  asked = []
  heard = []
  stored = new Map()
  vi.stubGlobal('navigator', { onLine: true, languages: ['en'] })
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  })
  vi.stubGlobal('addEventListener', (_: string, listener: Listener) => heard.push(listener))
  vi.stubGlobal('fetch', (address: string, { method }: { method: string }) => {
    asked.push(`${method} ${address}`)
    return Promise.resolve((answers.shift() ?? json(500, { code: 'internal' }))())
  })
  store = await import('./session.svelte')
})
afterEach(() => vi.unstubAllGlobals())

async function signedIn(): Promise<void> {
  store.startSession()
  answers.push(TOKEN)
  await store.signIn('ada@example.org', 'secret')
}

describe('a session', () => {
  it('is not asked for where there was none', async () => {
    store.startSession()
    expect(await store.accessToken()).toBeUndefined()
    expect(asked).toEqual([])
  })

  it('is taken up again, and everybody waits for the one answer', async () => {
    stored.set('onasty.session', '1')
    answers.push(TOKEN)
    store.startSession()
    expect(store.session.state).toBe('unknown')
    expect(await Promise.all([store.accessToken(), store.accessToken()])).toEqual(['one', 'one'])
    expect(asked).toEqual(['POST /api/v1/session/refresh'])
  })

  it('that was only guessed at leaves who waits for it signed out', async () => {
    stored.set('onasty.session', '2')
    answers.push(REFUSED)
    store.startSession()
    expect(await store.accessToken()).toBeUndefined()
    expect(store.session.state).toBe('signed_out')
  })

  it('that ended leaves nobody nameless', async () => {
    await signedIn()
    answers.push(REFUSED)
    await expect(store.refresh('one')).rejects.toMatchObject({ code: 'session_ended' })
    await expect(store.accessToken()).rejects.toMatchObject({ code: 'session_ended' })
    expect(store.session.state).toBe('ended')
  })

  it('that ended is not asked for on the next page', async () => {
    await signedIn()
    answers.push(REFUSED)
    await expect(store.refresh('one')).rejects.toThrow()
    expect(store.mayBeSignedIn()).toBe(false)
  })

  it('is kept when the server cannot be asked', async () => {
    await signedIn()
    answers.push(json(503, { code: 'unavailable' }))
    await expect(store.refresh('one')).rejects.toMatchObject({ code: 'unavailable' })
    expect(store.session.state).toBe('signed_in')
  })
})

describe('another tab', () => {
  it('that signs out signs out here', async () => {
    await signedIn()
    elsewhere(null)
    expect(store.session.state).toBe('signed_out')
    expect(await store.accessToken()).toBeUndefined()
  })

  it('whose session ended is told here as well', async () => {
    await signedIn()
    elsewhere('ended')
    expect(store.session.state).toBe('ended')
  })

  it('that was first to learn of the end is believed', async () => {
    await signedIn()
    stored.set('onasty.session', 'ended')
    await expect(store.refresh('one')).rejects.toMatchObject({ code: 'session_ended' })
    expect(asked).toHaveLength(1)
    expect(stored.get('onasty.session')).toBe('ended')
  })

  it('that signs in signs in here', async () => {
    store.startSession()
    answers.push(TOKEN)
    elsewhere('1')
    expect(await store.accessToken()).toBe('one')
  })
})

it('goes on signed out when somebody chose so, in every tab', async () => {
  await signedIn()
  elsewhere('ended')
  store.goOnSignedOut()
  expect(store.session.state).toBe('signed_out')
  expect(stored.has('onasty.session')).toBe(false)
})

const SECOND = json(200, { access_token: 'two' })

describe('what overlaps', () => {
  it('waits: a sign-in for the refresh of the session before it', async () => {
    withLocks()
    stored.set('onasty.session', '1')
    const { coming, come } = later()
    answers.push(coming, SECOND)
    store.startSession()
    const signing = store.signIn('ada@example.org', 'secret')
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    come(REFUSED)
    await signing
    expect(asked).toEqual(['POST /api/v1/session/refresh', 'POST /api/v1/session'])
    expect(store.session.state).toBe('signed_in')
    expect(await store.accessToken()).toBe('two')
    expect(stored.get('onasty.session')).toBe('1')
  })

  it.each([
    ['a token', TOKEN],
    ['a refusal', REFUSED],
    ['no answer', json(503, { code: 'unavailable' })],
  ])('without locks: %s that comes after a sign-in is too late', async (_, answer) => {
    stored.set('onasty.session', '1')
    const { coming, come } = later()
    answers.push(coming, SECOND)
    store.startSession()
    const waiting = store.accessToken()
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    await store.signIn('ada@example.org', 'secret')
    come(answer)
    expect(await waiting).toBe('two')
    expect(store.session.state).toBe('signed_in')
    expect(stored.get('onasty.session')).toBe('1')
  })

  it('a token is not asked for twice by who waited for a sign-in', async () => {
    withLocks()
    stored.set('onasty.session', '1')
    const { coming, come } = later()
    answers.push(coming)
    const signing = store.signIn('ada@example.org', 'secret')
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    store.startSession()
    come(SECOND)
    expect(await store.accessToken()).toBe('two')
    await signing
    expect(asked).toHaveLength(1)
  })

  it('a sign-out is over when the next in turn begins', async () => {
    withLocks()
    await signedIn()
    answers.push(json(200, {}))
    const leaving = store.signOut()
    await vi.waitFor(() => expect(asked).toHaveLength(2))
    const next = navigator.locks.request('onasty-session', () => stored.has('onasty.session'))
    expect(await next).toBe(false)
    await leaving
  })
})

it('did not end for who had none and was only said to have signed in', async () => {
  store.startSession()
  answers.push(REFUSED)
  store.resumeSession()
  await vi.waitFor(() => expect(store.session.state).toBe('signed_out'))
  expect(stored.has('onasty.session')).toBe(false)
  expect(await store.accessToken()).toBeUndefined()
})

it.each([
  ['does not end for who had none', REFUSED, 'signed_out', undefined],
  ['is one when the server says so', TOKEN, 'signed_in', '1'],
] as const)(
  'a session that was only said to have begun, while the server was away, %s',
  async (_, answer, state, hint) => {
    store.startSession()
    answers.push(json(503, { code: 'unavailable' }))
    store.resumeSession()
    await expect(store.accessToken()).rejects.toMatchObject({ code: 'unavailable' })
    expect(store.session.state).toBe('unknown')
    // The page is loaded again.
    vi.resetModules()
    store = await import('./session.svelte')
    answers.push(answer)
    store.startSession()
    await vi.waitFor(() => expect(store.session.state).toBe(state))
    expect(stored.get('onasty.session')).toBe(hint)
  },
)
