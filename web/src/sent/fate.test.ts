import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { NoteStatus } from '../live/follow'
import type * as Fate from './fate'

const ENDS = '2026-05-08T10:00:00Z'
const AT = Date.parse(ENDS)
const OPENED = { state: 'revealed', read_at: '2026-05-02T10:00:00Z', views_taken: 1 } as const
const KEPT = { ...OPENED, keep_before_expiration: true, views_taken: 0 }

let fate: typeof Fate

beforeAll(async () => {
  vi.stubGlobal('navigator', { languages: ['en'] })
  const language = await import('../i18n/language.svelte')
  await language.need(['manage'])
  fate = await import('./fate')
})
afterAll(() => vi.unstubAllGlobals())

function status(more: Partial<NoteStatus>): NoteStatus {
  return {
    slug: 'a',
    state: 'unread',
    created_at: '2026-05-01T10:00:00Z',
    expires_at: ENDS,
    keep_before_expiration: false,
    has_password: false,
    max_views: 1,
    views_taken: 0,
    refused_attempts: 0,
    ...more,
  }
}

test.each([
  [{}, AT, 'Not opened yet', true],
  [{ state: 'expired' }, AT, 'Gone unopened: its time is over', false],
  // Its lease may live, and never longer than the note.
  [OPENED, AT - 1, 'Opened', true],
  [OPENED, AT, 'Opened', false],
  [{ ...OPENED, max_views: 3 }, AT - 1, 'Opened 1 of 3 times', true],
  [KEPT, AT - 1, 'Opened, and still there', true],
  [KEPT, AT, 'Opened; its time is over', false],
  [{ ...KEPT, deleted_at: ENDS }, AT - 1, 'Ended by you', false],
] as const)('%o', (more, now, said, canEnd) => {
  expect(fate.fateOf(status(more), now)).toBe(said)
  expect(fate.canEnd(status(more), now)).toBe(canEnd)
})
