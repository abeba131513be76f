import { expect, test } from 'vitest'
import { stretch } from '../crypto/argon2'
import { fromBase64url } from '../crypto/base64url'
import { decrypt } from '../crypto/content'
import { readHeader } from '../crypto/header'
import { deriveKeys } from '../crypto/keys'
import { wrongIn } from './checks'
import type { Written } from './draft.svelte'
import { prepare } from './prepare'

const NOW = new Date('2026-03-28T12:00:00Z')
const WRITTEN: Written = {
  text: 'the launch code',
  password: 'correct horse',
  lifetime: 3600,
  views: 1,
  slug: '',
  notify: false,
}

test('what is sent can be read by the link and the password, and holds neither', async () => {
  const { body, linkKey, manageToken } = await prepare(WRITTEN, stretch, NOW)
  const header = readHeader(body.encryption ?? '')
  const key = fromBase64url(linkKey)
  if (header === undefined || key === undefined) throw new Error('no header or no key')
  const keys = await deriveKeys(key, header, WRITTEN.password, stretch)
  expect(await decrypt(body.content, keys.content, header)).toBe(WRITTEN.text)
  expect(body).toMatchObject({
    link_proof: keys.linkProof,
    password_proof: keys.passwordProof,
    manage_token: manageToken,
    expires_at: '2026-03-28T13:00:00.000Z',
    max_views: 1,
    keep_before_expiration: false,
    slug: null,
  })
  const sent = JSON.stringify(body)
  for (const secret of [linkKey, WRITTEN.text, WRITTEN.password]) expect(sent).not.toContain(secret)
})

test('two notes have nothing in common', async () => {
  const plain = { ...WRITTEN, password: '' }
  const [one, other] = await Promise.all([prepare(plain, stretch, NOW), prepare(plain, stretch, NOW)])
  expect(one.linkKey).not.toBe(other.linkKey)
  expect(one.body.content).not.toBe(other.body.content)
  expect(one.idempotencyKey).not.toBe(other.idempotencyKey)
})

test('any number of views', async () => {
  const { body } = await prepare({ ...WRITTEN, password: '', views: 0 }, stretch, NOW)
  expect(body).toMatchObject({ keep_before_expiration: true, password_proof: null })
  expect(body).not.toHaveProperty('max_views')
})

test('a time of choice is local time, whatever the clocks do in between', async () => {
  const { body } = await prepare({ ...WRITTEN, password: '', lifetime: '2026-04-02T09:30' }, stretch, NOW)
  expect(body.expires_at).toBe(new Date(2026, 3, 2, 9, 30).toISOString())
})

test.each([
  [{}, {}],
  [{ lifetime: '' }, { until: 'untilWrong' }],
  [{ lifetime: '2020-01-01T00:00' }, { until: 'untilWrong' }],
  [{ lifetime: '2028-01-01T00:00' }, { until: 'untilFar' }],
  [{ views: 100 }, {}],
  [{ views: 101 }, { count: 'countWrong' }],
  [{ views: Number.NaN }, { count: 'countWrong' }],
  [{ slug: 'ab' }, { slug: 'slugWrong' }],
  [{ slug: 'unread' }, { slug: 'slugWrong' }],
  [{ slug: 'my-note_1' }, {}],
])('options %o', (change, wrong) => {
  expect(wrongIn({ ...WRITTEN, ...change }, NOW)).toEqual(wrong)
})
