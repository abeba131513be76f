import { aheadOf, send } from '../api/client'
import { problemIn, problemOf, type Problem, type Schemas } from '../api/problem'
import type { NoteStatus } from '../live/follow'
import { authorized } from '../session/authorized'
import {
  belongs,
  LISTS,
  nextPage,
  withNewest,
  withPage,
  withStatuses,
  type OwnNote,
  type Show,
} from './own_note'

const PAGE = '50'
// Pages that are looked through at a time for one note that is to be shown.
const PATIENCE = 5

interface Page {
  notes: OwnNote[]
  next: string | undefined
  ahead: number
}

/** The notes of whoever is signed in, as far as they were asked for. Nothing here rejects: `problem` says why not. */
export class OwnNotes {
  notes = $state.raw<OwnNote[]>([])
  loading = $state(true)
  problem = $state.raw<Problem>()
  /** Asks once more for what was asked for last. */
  again = (): Promise<void> => this.load(this.#show)
  /** By how many milliseconds this clock is ahead of the server's, by its latest answer. */
  ahead = $state(0)
  #next = $state<string>()
  #show: Show = 'all'
  #asked = 0

  /** There are pages that were not asked for. */
  get hasMore(): boolean {
    return this.#next !== undefined
  }

  /** From the beginning. What was there stays until there is something else to show. */
  async load(show: Show): Promise<void> {
    this.#show = show
    await this.#ask(undefined, (notes) => notes)
  }

  async more(): Promise<void> {
    if (this.loading) return
    await this.#ask(this.#next, (notes) => withPage(this.notes, notes))
  }

  /** Something may be new at the top. */
  async renew(): Promise<void> {
    if (this.loading) return
    const asked = this.#asked
    try {
      const { notes } = await page(this.#show, undefined)
      // A list that was asked for meanwhile has it.
      if (asked === this.#asked) this.notes = withNewest(this.notes, notes)
    } catch {
      // Nobody asked for it; whoever does is told why not.
    }
  }

  /** What the stream says. */
  apply(statuses: readonly NoteStatus[]): void {
    const known = this.notes.map(({ slug }) => slug)
    this.notes = withStatuses(this.notes, statuses)
    if (statuses.some(({ slug, deleted_at }) => deleted_at == null && !known.includes(slug)))
      void this.renew()
  }

  /** What was changed here. */
  change(slug: string, changes: Partial<OwnNote>): void {
    this.notes = this.notes.map((note) => (note.slug === slug ? { ...note, ...changes } : note))
  }

  remove(slug: string): void {
    this.notes = this.notes.filter((note) => note.slug !== slug)
  }

  /** Pages from `after` on, until one has something to show. */
  async #ask(after: string | undefined, joined: (notes: OwnNote[]) => OwnNote[]): Promise<void> {
    const from = after
    this.again = () => this.#ask(from, joined)
    const asked = ++this.#asked
    const show = this.#show
    this.loading = true
    this.problem = undefined
    try {
      let found: OwnNote[] = []
      for (let pages = 0; pages < PATIENCE; pages++) {
        const { notes, next, ahead } = await page(show, after)
        if (asked !== this.#asked) return
        this.ahead = ahead
        found = [...found, ...notes]
        after = next
        if (next === undefined || notes.some((note) => belongs(note, show, Date.now() - ahead))) break
      }
      this.notes = joined(found)
      this.#next = after
    } catch (thrown) {
      if (asked === this.#asked) this.problem = problemOf(thrown)
    } finally {
      if (asked === this.#asked) this.loading = false
    }
  }
}

async function page(show: Show, after: string | undefined): Promise<Page> {
  const query = { limit: PAGE, ...(after === undefined ? {} : { after }) }
  return authorized(async (token) => {
    const answer = await send('get', LISTS[show], { token, query }, AbortSignal.timeout(30_000))
    if (!answer.ok) throw await problemIn(answer)
    const notes = (await answer.json()) as Schemas['ListedNote'][]
    return { notes, next: nextPage(answer.headers.get('Link')), ahead: aheadOf(answer.headers) }
  })
}
