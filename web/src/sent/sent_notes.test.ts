import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { remember, sentNotes, type SentNote } from './sent_notes'

const FUTURE = '2999-01-01T00:00:00Z'
const PAST = '2020-01-01T00:00:00Z'
const MOST = 200

beforeEach(() => {
  const store = new Map<string, string>()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => store.set(key, value),
  })
})
afterEach(() => vi.unstubAllGlobals())

const note = (slug: string, expiresAt: string): SentNote => ({ slug, token: 't', createdAt: PAST, expiresAt })
const slugs = () => sentNotes().map(({ slug }) => slug)

it('of too many, keeps those that live before those that are over', () => {
  for (const slug of ['oldest', 'over', 'older', 'over too']) {
    remember(note(slug, slug.startsWith('over') ? PAST : FUTURE))
  }
  for (let n = 4; n < MOST; n++) remember(note(`n${n}`, FUTURE))
  remember(note('one more', FUTURE))
  expect(slugs()).toHaveLength(MOST)
  expect(slugs().slice(-3)).toEqual(['over too', 'older', 'oldest'])
  remember(note('and one more', FUTURE))
  expect(slugs().slice(-2)).toEqual(['older', 'oldest'])
  remember(note('and another', FUTURE))
  expect(slugs()).toHaveLength(MOST)
  expect(slugs().slice(-2)).toEqual(['n4', 'older'])
})
