import type { Schemas } from '../api/problem'
import type { NoteStatus } from '../live/follow'

export type Show = 'all' | 'unread' | 'read' | 'expired'
export const SHOWS = ['all', 'unread', 'read', 'expired'] as const satisfies readonly Show[]

/** A note of whoever is signed in, by what the list and the stream of events said of it. */
export interface OwnNote extends Omit<Schemas['ListedNote'], 'content'> {
  /** What it says: known while it is unread and not encrypted. Undefined when the list was not asked yet. */
  content: string | undefined
  /** Known from the stream alone. */
  views?: { taken: number; of: number }
  refused?: number
}

export type OwnState = 'unread' | 'read' | 'expired'

/** Where a note is in its life. It expires without anybody saying so. */
export function stateOf(note: Pick<OwnNote, 'read_at' | 'expires_at'>, now: number): OwnState {
  if (note.read_at != null) return 'read'
  return Date.parse(note.expires_at) <= now ? 'expired' : 'unread'
}

/** Somebody may read it still. Of how many views it has, the stream alone tells. */
export function canBeRead(note: OwnNote, now: number): boolean {
  const { expires_at, read_at, keep_before_expiration, views } = note
  if (Date.parse(expires_at) <= now) return false
  return read_at == null || keep_before_expiration || (views !== undefined && views.taken < views.of)
}

/** An unread note of which the list does not say what it says: only its whole link opens it. */
export const isSealed = (note: OwnNote): boolean => note.content === ''

export const belongs = (note: OwnNote, show: Show, now: number): boolean =>
  show === 'all' || stateOf(note, now) === show

/** The list of the server that has all of these; of expired notes it has none of their own. */
export const LISTS = {
  all: '/api/v1/note',
  expired: '/api/v1/note/unread',
  unread: '/api/v1/note/unread',
  read: '/api/v1/note/read',
} as const satisfies Record<Show, string>

/** What stands in a `Link` as the next page's `after`; undefined on the last. */
export function nextPage(link: string | null): string | undefined {
  const target = /<([^>]*)>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1]
  return target === undefined
    ? undefined
    : (new URL(target, 'http://x').searchParams.get('after') ?? undefined)
}

/** Another page after those that are there. A note that moved between the two is there once. */
export function withPage(notes: readonly OwnNote[], page: readonly OwnNote[]): OwnNote[] {
  const known = new Map(notes.map((note) => [note.slug, note]))
  const fresh = new Map(page.map((note) => [note.slug, { ...known.get(note.slug), ...note }]))
  const kept = notes.map((note) => fresh.get(note.slug) ?? note)
  return [...kept, ...[...fresh.values()].filter(({ slug }) => !known.has(slug))]
}

/** The newest page again: what is new goes to the top. */
export function withNewest(notes: readonly OwnNote[], page: readonly OwnNote[]): OwnNote[] {
  const known = new Map(notes.map((note) => [note.slug, note]))
  const fresh = page.map((note) => ({ ...known.get(note.slug), ...note }))
  const slugs = new Set(page.map(({ slug }) => slug))
  return [...fresh, ...notes.filter(({ slug }) => !slugs.has(slug))]
}

/** What became of notes, told by the stream. Of those that are not listed, nothing. */
export function withStatuses(notes: readonly OwnNote[], statuses: readonly NoteStatus[]): OwnNote[] {
  const told = new Map(statuses.map((status) => [status.slug, status]))
  return notes.flatMap((note) => {
    const status = told.get(note.slug)
    if (status === undefined) return [note]
    // A name that was freed may be another note's by now.
    if (status.created_at !== note.created_at) return [note]
    return status.deleted_at == null ? [after(note, status)] : []
  })
}

function after(note: OwnNote, status: NoteStatus): OwnNote {
  return {
    ...note,
    expires_at: status.expires_at,
    keep_before_expiration: status.keep_before_expiration,
    has_password: status.has_password,
    views: { taken: status.views_taken, of: status.max_views },
    refused: status.refused_attempts,
    ...(status.read_at == null ? {} : { read_at: status.read_at, content: '' }),
  }
}
