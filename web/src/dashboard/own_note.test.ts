import { describe, expect, it } from 'vitest'
import type { NoteStatus } from '../live/follow'
import {
  belongs,
  canBeRead,
  isSealed,
  nextPage,
  stateOf,
  withNewest,
  withPage,
  withStatuses,
  type OwnNote,
} from './own_note'

const MADE = '2026-05-01T10:00:00Z'
const ENDS = '2026-05-08T10:00:00Z'
const BEFORE = Date.parse(ENDS) - 1
const AT = Date.parse(ENDS)

function note(slug: string, more: Partial<OwnNote> = {}): OwnNote {
  const times = { created_at: MADE, expires_at: ENDS }
  return {
    slug,
    content: 'x',
    keep_before_expiration: false,
    has_password: false,
    read_at: null,
    ...times,
    ...more,
  }
}

function status(slug: string, more: Partial<NoteStatus> = {}): NoteStatus {
  return {
    slug,
    state: 'unread',
    created_at: MADE,
    expires_at: ENDS,
    read_at: null,
    keep_before_expiration: false,
    has_password: false,
    max_views: 1,
    views_taken: 0,
    refused_attempts: 0,
    ...more,
  }
}

const slugs = (notes: OwnNote[]) => notes.map(({ slug }) => slug).join(' ')

describe('stateOf', () => {
  it('is unread to the last millisecond', () => expect(stateOf(note('a'), BEFORE)).toBe('unread'))
  it('is expired from then on', () => expect(stateOf(note('a'), AT)).toBe('expired'))
  it('stays read after its time', () => expect(stateOf(note('a', { read_at: MADE }), AT)).toBe('read'))
})

it('belongs to what is shown at that moment', () => {
  expect(belongs(note('a'), 'unread', BEFORE)).toBe(true)
  expect(belongs(note('a'), 'unread', AT)).toBe(false)
  expect(belongs(note('a'), 'expired', AT)).toBe(true)
  expect(belongs(note('a'), 'all', AT)).toBe(true)
  expect(belongs(note('a', { read_at: MADE }), 'read', AT)).toBe(true)
})

it.each([
  ['unread', {}, true],
  ['read once', { read_at: MADE }, false],
  ['kept', { read_at: MADE, keep_before_expiration: true }, true],
  ['with a view left', { read_at: MADE, views: { taken: 1, of: 2 } }, true],
  ['without one', { read_at: MADE, views: { taken: 2, of: 2 } }, false],
] as const)('can be read until its time is over: %s', (_, more, can) => {
  expect(canBeRead(note('a', more), BEFORE)).toBe(can)
  expect(canBeRead(note('a', more), AT)).toBe(false)
})

it('is sealed when the list does not say what it says', () => {
  expect(isSealed(note('a', { content: '' }))).toBe(true)
  expect(isSealed(note('a'))).toBe(false)
  expect(isSealed(note('a', { content: undefined }))).toBe(false)
})

describe('nextPage', () => {
  it.each([
    ['</api/v1/note?limit=50&after=AbC-_9>; rel="next"', 'AbC-_9'],
    ['</a>; rel="prev", </api/v1/note?after=x>; rel="next"', 'x'],
    [null, undefined],
    ['', undefined],
    ['</api/v1/note>; rel="next"', undefined],
  ])('%s: %s', (link, after) => expect(nextPage(link)).toBe(after))
})

describe('pages', () => {
  it('follow each other, and no note is there twice', () =>
    expect(slugs(withPage([note('a'), note('b')], [note('b'), note('c')]))).toBe('a b c'))

  it('say the latest of a note that was there', () =>
    expect(withPage([note('a')], [note('a', { read_at: ENDS })])[0]?.read_at).toBe(ENDS))

  it('with what is new begin at the top, and the rest stays', () =>
    expect(slugs(withNewest([note('b'), note('c')], [note('a'), note('b')]))).toBe('a b c'))

  it('keep what the stream said', () => {
    const views = { taken: 1, of: 3 }
    expect(withNewest([note('a', { views })], [note('a')])[0]?.views).toEqual(views)
  })
})

describe('withStatuses', () => {
  it('tells of a note that was read, and forgets what it said', () => {
    const [read] = withStatuses([note('a')], [status('a', { read_at: ENDS, views_taken: 1 })])
    expect(read).toMatchObject({ read_at: ENDS, content: '', views: { taken: 1, of: 1 } })
  })

  it('takes out what was deleted', () =>
    expect(slugs(withStatuses([note('a'), note('b')], [status('a', { deleted_at: ENDS })]))).toBe('b'))

  it('leaves another note of the same name alone', () => {
    const other = status('a', { created_at: ENDS, read_at: ENDS })
    expect(withStatuses([note('a')], [other])).toEqual([note('a')])
  })

  it('leaves the rest alone', () => expect(withStatuses([note('a')], [status('b')])).toEqual([note('a')]))

  it('keeps what an unread note says', () =>
    expect(withStatuses([note('a')], [status('a', { refused_attempts: 2 })])[0]).toMatchObject({
      content: 'x',
      refused: 2,
    }))
})
