import { language, text } from '../i18n/language.svelte'
import type { NoteStatus } from '../live/follow'

export const stateOf = (note: NoteStatus) => (note.deleted_at == null ? note.state : 'deleted')

/** What became of a note, in words; those of two states differ. */
export function fateOf(note: NoteStatus): string {
  const t = text('manage')
  const state = stateOf(note)
  const number = (count: number) => new Intl.NumberFormat(language.locale).format(count)
  if (state !== 'revealed') return t.state[state]
  if (note.keep_before_expiration) return t.openedKept
  return note.max_views > 1
    ? t.openedPart(number(note.views_taken), number(note.max_views))
    : t.state.revealed
}
