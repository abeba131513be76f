import { kept } from '../storage/kept'

/** What this browser keeps of a note that it sent: enough to look after it, and nothing to read it with. */
export interface SentNote {
  slug: string
  token: string
  createdAt: string
  expiresAt: string
}

const KEY = 'onasty.notes'
const MOST = 200

/** The newest first. */
export function sentNotes(): SentNote[] {
  try {
    const list = JSON.parse(kept.get(KEY) ?? '[]') as unknown
    return Array.isArray(list) ? list.filter(isSentNote) : []
  } catch {
    return []
  }
}

/**
 * Of too many, those go first whose time is over, then the oldest. False when the browser refuses to keep it; then the
 * list holds it until the page is closed.
 */
export function remember(note: SentNote): boolean {
  const others = sentNotes().filter(({ slug }) => slug !== note.slug)
  const list = [note, ...others]
  while (list.length > MOST) list.splice(list.map(isOver).lastIndexOf(true), 1)
  return kept.set(KEY, JSON.stringify(list))
}

/** Not the note's end: only that this browser knows no more of it. */
export function forget(slug: string): void {
  const others = sentNotes().filter((note) => note.slug !== slug)
  if (others.length === 0) forgetAll()
  else kept.set(KEY, JSON.stringify(others))
}

export const forgetAll = (): void => kept.remove(KEY)

export const manageLink = ({ slug, token }: Pick<SentNote, 'slug' | 'token'>): string =>
  `/manage/${slug}#${token}`

const isOver = ({ expiresAt }: SentNote): boolean => Date.parse(expiresAt) < Date.now()

function isSentNote(value: unknown): value is SentNote {
  const note = value as Partial<SentNote> | null
  return [note?.slug, note?.token, note?.createdAt, note?.expiresAt].every(
    (field) => typeof field === 'string',
  )
}
