import { aheadOf, call } from '../api/client'
import { Problem, problemOf } from '../api/problem'
import { announce } from '../components/announcer.svelte'
import { keepFocus } from '../components/focus'
import { follow, type LiveState, type NoteStatus } from '../live/follow'
import { canEnd, fateOf } from './fate'

const TICK_MS = 5000

/** What is known of one note, kept current for as long as the effect lives that it was made in. */
export class Watched {
  note = $state.raw<NoteStatus>()
  live = $state<LiveState>('connecting')
  problem = $state.raw<Problem>()
  /** By the server's clock, once it was asked: a note's time may end without a word from it. */
  now = $state(Date.now())
  #ahead = 0

  constructor(
    readonly slug: string,
    readonly manageToken: string,
  ) {
    $effect(() => {
      const timer = setInterval(() => this.#take(), TICK_MS)
      return () => clearInterval(timer)
    })
    $effect(() => {
      const ended = new AbortController()
      void this.look(ended.signal)
      void follow({
        path: '/api/v1/note/{slug}/events',
        params: { slug },
        headers: this.#headers,
        signal: ended.signal,
        onSnapshot: ([note]) => {
          this.problem = undefined
          if (note !== undefined) this.#take(note)
        },
        onEvent: (_, note) => this.#take(note),
        onState: (state) => (this.live = state),
      })
      return () => ended.abort()
    })
  }

  get #headers(): Record<string, string> {
    return { 'Onasty-Manage-Token': this.manageToken }
  }

  /** Nothing more will become of it by itself. */
  get isOver(): boolean {
    return this.note !== undefined && (!this.canEnd || this.#allTaken)
  }

  get canEnd(): boolean {
    return this.note !== undefined && canEnd(this.note, this.now)
  }

  get #allTaken(): boolean {
    const { note } = this
    return note?.keep_before_expiration === false && note.views_taken >= note.max_views
  }

  /** What there is at first is read with its page; what becomes of it is said. */
  #take(note = this.note): void {
    // The button that ends a note goes with its end.
    void keepFocus()
    const before = this.note && fateOf(this.note, this.now)
    this.now = Date.now() - this.#ahead
    this.note = note
    const after = note && fateOf(note, this.now)
    if (before !== undefined && after !== undefined && before !== after) announce(after)
  }

  /** Asks once. Never rejects. */
  async look(signal?: AbortSignal): Promise<void> {
    this.problem = undefined
    try {
      const path = { slug: this.slug }
      const answered = (headers: Headers) => {
        this.#ahead = aheadOf(headers)
        this.now = Date.now() - this.#ahead
      }
      const options = { path, headers: this.#headers, answered, ...(signal === undefined ? {} : { signal }) }
      const status = await call('get', '/api/v1/note/{slug}/status', options)
      this.note ??= status
    } catch (thrown) {
      // The stream has said more since.
      if (signal?.aborted !== true && this.live !== 'live') this.problem = problemOf(thrown)
    }
  }

  /** Ends the note. Throws a `Problem`. */
  async burn(): Promise<void> {
    await call('delete', '/api/v1/note/{slug}', { path: { slug: this.slug }, headers: this.#headers })
    // The stream says it as well, and may be interrupted.
    if (this.note !== undefined) this.note = { ...this.note, deleted_at: timestamp() }
  }
}

const timestamp = (): string => new Date().toISOString()
