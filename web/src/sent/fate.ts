import { language, text } from '../i18n/language.svelte'
import type { NoteStatus } from '../live/follow'

export const stateOf = (note: NoteStatus) => (note.deleted_at == null ? note.state : 'deleted')

/**
 * Whether it can be taken back. Also when all views are taken: who opened it last may ask for it again for a while. That
 * an unread note has expired, the server says; that an opened one has, the time alone.
 */
export function canEnd(note: NoteStatus, now = Date.now()): boolean {
  const state = stateOf(note)
  return state === 'unread' || (state === 'revealed' && Date.parse(note.expires_at) > now)
}

/** What became of a note, in words; those of two states differ. */
export function fateOf(note: NoteStatus, now = Date.now()): string {
  const t = text('manage')
  const state = stateOf(note)
  const number = (count: number) => new Intl.NumberFormat(language.locale).format(count)
  if (state !== 'revealed') return t.state[state]
  if (note.keep_before_expiration) return canEnd(note, now) ? t.openedKept : t.openedOver
  return note.max_views > 1
    ? t.openedPart(number(note.views_taken), number(note.max_views))
    : t.state.revealed
}
