import { afterEach, beforeEach, expect, test, vi } from 'vitest'

let calls = 0
let answer: () => Promise<unknown>
vi.mock('../api/client', () => ({ call: () => (calls++, answer()) }))

// Each test has a page of its own.
async function page() {
  vi.resetModules()
  const store = new Map<string, string>([['onasty.session', '1']])
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => store.set(key, value),
    removeItem: (key: string) => store.delete(key),
  })
  vi.stubGlobal('addEventListener', () => undefined)
  vi.stubGlobal('navigator', {})
  const session = await import('./session.svelte')
  return { ...session, ...(await import('./authorized')), store }
}

beforeEach(() => (calls = 0))
afterEach(() => vi.unstubAllGlobals())

function later() {
  const settle: ((value: unknown) => void)[] = []
  const coming = new Promise((resolve) => settle.push(resolve))
  return { coming, settle: (value: unknown) => settle[0]?.(value) }
}

test('what is done during a refresh waits for it, and has its name', async () => {
  const { startSession, authorized, session } = await page()
  const { coming, settle } = later()
  answer = () => coming
  startSession()
  const done = Promise.all([
    authorized((token) => Promise.resolve(token)),
    authorized((token) => Promise.resolve(token)),
  ])
  settle({ access_token: 'first' })
  expect(await done).toEqual(['first', 'first'])
  expect(calls).toBe(1)
  expect(session.state).toBe('signed_in')
})

test('a session that ended is told, and nothing is done without a name until that was seen', async () => {
  const { startSession, authorized, session, goOnSignedOut } = await page()
  // An error of this page's own modules, as they were loaded anew.
  const { Problem: Own } = await import('../api/problem')
  answer = () => Promise.reject(new Own('session_invalid'))
  startSession()
  const action = vi.fn(() => Promise.resolve('done'))
  await expect(authorized(action)).rejects.toMatchObject({ code: 'session_ended' })
  expect(session.state).toBe('ended')
  await expect(authorized(action)).rejects.toMatchObject({ code: 'session_ended' })
  expect(action).not.toHaveBeenCalled()
  goOnSignedOut()
  expect(await authorized(action)).toBe('done')
})

test('a token that is refused is renewed once', async () => {
  const { startSession, authorized } = await page()
  const { Problem: Own } = await import('../api/problem')
  answer = () => Promise.resolve({ access_token: calls === 1 ? 'old' : 'new' })
  startSession()
  const tokens: unknown[] = []
  const done = await authorized((token) => {
    tokens.push(token)
    return token === 'new' ? Promise.resolve('done') : Promise.reject(new Own('unauthenticated'))
  })
  expect(done).toBe('done')
  expect(tokens).toEqual(['old', 'new'])
})

test('a session that is gone from the storage leaves nobody nameless', async () => {
  const { startSession, authorized, session, store } = await page()
  const { Problem: Own } = await import('../api/problem')
  answer = () => Promise.resolve({ access_token: 'old' })
  startSession()
  expect(await authorized((token) => Promise.resolve(token))).toBe('old')
  store.clear()
  const tokens: unknown[] = []
  const refused = authorized((token) => {
    tokens.push(token)
    return Promise.reject(new Own('unauthenticated'))
  })
  await expect(refused).rejects.toMatchObject({ code: 'session_ended' })
  expect(tokens).toEqual(['old'])
  expect(session.state).toBe('signed_out')
})

test('a sign-out elsewhere, while it is found out who somebody is, leaves nobody nameless', async () => {
  const { startSession, authorized, store } = await page()
  let unlock: () => void = () => undefined
  const locked = new Promise<void>((resolve) => (unlock = resolve))
  const request = async (_: string, action: () => unknown) => (await locked, action())
  vi.stubGlobal('navigator', { locks: { request } })
  startSession()
  const action = vi.fn(() => Promise.resolve('done'))
  const refused = authorized(action)
  store.clear()
  unlock()
  await expect(refused).rejects.toMatchObject({ code: 'session_ended' })
  expect(action).not.toHaveBeenCalled()
})
