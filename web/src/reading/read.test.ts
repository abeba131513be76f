import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { toBase64url } from '../crypto/base64url'
import { claims, lastOf } from './claims'
import { claimed, endClaim, look, open } from './read'

// It needs a browser's workers.
vi.mock('../crypto/stretch', () => ({ stretchInWorker: () => Promise.reject(new Error('no worker')) }))

const NOW = Date.parse('2030-01-01T12:00:00Z')
// The reader's clock is an hour ahead of the server's.
const SERVER = NOW - 3_600_000
const METADATA = {
  created_at: '2030-01-01T10:00:00Z',
  expires_at: '2030-01-02T10:00:00Z',
  has_password: false,
  keep_before_expiration: false,
  views_left: 1,
  encryption: null,
}
const GIVEN = {
  ...METADATA,
  slug: 'abc',
  content: 'text',
  read_at: new Date(SERVER).toISOString(),
  lease_ends_at: new Date(SERVER + 60_000).toISOString(),
}

let answers: (() => Response)[]
let asked: string[]

const refusal = (status: number, code: string) => () => Response.json({ code, detail: '' }, { status })
const success = (body: object) => () =>
  Response.json(body, { headers: { Date: new Date(SERVER).toUTCString() } })

beforeEach(() => {
  vi.useFakeTimers({ now: NOW })
  answers = []
  asked = []
  const stored = new Map<string, string>()
  vi.stubGlobal('navigator', { onLine: true })
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  })
  vi.stubGlobal('fetch', (address: string, { method }: { method: string }) => {
    asked.push(`${method} ${address}`)
    const answer = answers.shift()
    return answer === undefined ? Promise.reject(new TypeError('cut off')) : Promise.resolve(answer())
  })
})
afterEach(() => {
  claims.forget('abc')
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function waiting(views_left = 1) {
  answers.push(success({ ...METADATA, views_left }))
  return look('abc', 'none')
}

describe('a view', () => {
  test('is held until the server says, whatever the clock of the reader', async () => {
    const closed = await waiting()
    answers.push(success(GIVEN))
    expect((await open(closed, '')).until).toBe(NOW + 60_000)
    expect(claims.asked('abc')).toBe('answered')
    vi.setSystemTime(NOW + 59_999)
    expect(claims.asked('abc')).toBe('answered')
    vi.setSystemTime(NOW + 60_000)
    expect(claims.asked('abc')).toBe('over')
  })

  test('is told apart from one of which no answer came', async () => {
    const closed = await waiting()
    expect(claims.asked('abc')).toBe('never')
    await expect(open(closed, '')).rejects.toMatchObject({ code: 'unreachable' })
    expect(claims.asked('abc')).toBe('unanswered')
    expect(claimed('abc', 'none')?.metadata).toEqual(METADATA)
  })

  test.each([
    ['this tab took', () => new Response(null, { status: 204 }), true],
    ['another reader took', refusal(404, 'note_not_found'), false],
  ])('that %s is known by its claim', async (_, answer, took) => {
    claims.make('abc', METADATA)
    answers.push(answer)
    expect((await endClaim('abc')) !== undefined).toBe(took)
    expect(asked).toEqual(['POST /api/v1/note/abc/ack'])
    expect(claims.asked('abc')).toBe('never')
  })

  test('is asked for again when nobody could say whose it was', async () => {
    claims.make('abc', METADATA)
    answers.push(refusal(503, 'unavailable'))
    await expect(endClaim('abc')).rejects.toMatchObject({ code: 'unavailable' })
    expect(claims.asked('abc')).toBe('unanswered')
  })
})

describe('the last view', () => {
  const OURS = GIVEN.read_at
  const THEIRS = new Date(SERVER + 1000).toISOString()

  /** The claim of a view, after it was shown again when another had been taken. */
  async function ended(views: number, isLost = false) {
    const closed = await waiting(views)
    if (!isLost) answers.push(success(GIVEN))
    await open(closed, '').catch(() => undefined)
    answers.push(success({ ...GIVEN, read_at: THEIRS }), () => new Response(null, { status: 204 }))
    await open(closed, '')
    const claimed = await endClaim('abc')
    if (claimed === undefined) throw new Error('it took a view')
    return claimed
  }

  test.each([
    [2, OURS, 'here'],
    [2, THEIRS, 'elsewhere'],
    // There was no other.
    [1, THEIRS, 'here'],
  ])('of %i that were left, at %s, was %s', async (views, lastAt, last) => {
    expect(lastOf(await ended(views), lastAt)).toBe(last)
  })

  test('is not known where the answer was lost', async () => {
    expect(lastOf(await ended(2, true), THEIRS)).toBe('elsewhere')
  })
})

test.each([0, 1])('the header says whether the keys need a password, not the server (%i)', async (flag) => {
  const encryption = toBase64url(new Uint8Array(31).fill(1, 0, 2).fill(flag, 2, 3))
  answers.push(success({ ...METADATA, has_password: flag === 0, encryption }))
  const closed = await look('abc', new Uint8Array(32))
  expect(closed.needsPassword).toBe(flag === 1)
})
