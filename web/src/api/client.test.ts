import { afterEach, expect, test, vi } from 'vitest'
import { aheadOf, call } from './client'

const look = () => call('get', '/api/v1/note/{slug}/meta', { path: { slug: 'abc' } })

afterEach(() => vi.unstubAllGlobals())

test('without a network nothing is sent, and the problem says so', async () => {
  vi.stubGlobal('navigator', { onLine: false })
  const fetch = vi.fn()
  vi.stubGlobal('fetch', fetch)
  await expect(look()).rejects.toMatchObject({ code: 'offline' })
  expect(fetch).not.toHaveBeenCalled()
})

test('a network that goes while an answer is awaited may have carried the request', async () => {
  const navigator = { onLine: true }
  vi.stubGlobal('navigator', navigator)
  vi.stubGlobal('fetch', () => {
    navigator.onLine = false
    return Promise.reject(new TypeError('Failed to fetch'))
  })
  await expect(look()).rejects.toMatchObject({ code: 'unreachable' })
})

test('an answer tells by how much this clock is ahead, and one without a date says nothing of it', () => {
  const date = new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000).toUTCString()
  expect(Math.abs(aheadOf(new Headers({ Date: date })) - 3_600_000)).toBeLessThan(60_000)
  expect(aheadOf(new Headers())).toBe(0)
})
