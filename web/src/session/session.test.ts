import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type * as Store from './session.svelte'

type Listener = (event: { key: string; newValue: string | null }) => void

let store: typeof Store
let answers: (() => Response)[]
let asked: string[]
let heard: Listener[]
let stored: Map<string, string>

const json = (status: number, body: object) => () => Response.json(body, { status })
const TOKEN = json(200, { access_token: 'one' })
const REFUSED = json(401, { code: 'session_invalid', detail: '' })

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
