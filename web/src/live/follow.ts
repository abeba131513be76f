import { send } from '../api/client'
import { Problem, problemIn, problemOf, type Schemas } from '../api/problem'
import { EventStreamParser } from './event_stream'

export type NoteStatus = Schemas['NoteStatus'] & { deleted_at?: string | null }
export type LiveState = 'connecting' | 'live' | 'waiting' | 'over'

export interface Followed {
  /** Everything there is, at the start and after each interruption. */
  onSnapshot: (notes: NoteStatus[]) => void
  /** What happened, and what became of the note by it. */
  onEvent: (event: string, note: NoteStatus) => void
  onState: (state: LiveState) => void
}

interface Stream extends Followed {
  path: string
  params?: Record<string, string>
  headers?: Record<string, string>
  /** The access token, or another in the place of one that the server refused or that grew too old. */
  token?: (refused: string | undefined) => Promise<string | undefined>
  signal: AbortSignal
}

// Three heartbeats of the server.
const SILENCE_MS = 45_000
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000
const FINAL = new Set(['note_not_found', 'not_found', 'unauthenticated', 'session_ended', 'invalid_request'])

/**
 * Follows a stream of events until the signal, the stream's own end, or a refusal for good. Connects again after
 * everything else, at once when the network is back. Never rejects.
 */
export async function follow(stream: Stream): Promise<void> {
  let pause = FIRST_PAUSE_MS
  let refused: string | undefined
  while (!stream.signal.aborted) {
    stream.onState('connecting')
    let token: string | undefined
    try {
      token = await stream.token?.(refused)
      const reason = await listen(stream, token, () => {
        pause = FIRST_PAUSE_MS
        refused = undefined
      })
      if (reason === 'over') break
      // Whether it was this browser's whole session, the next token tells, and then everybody on the page.
      if (reason === 'token_expired' || reason === 'session_ended') refused = token
    } catch (thrown) {
      if (isAborted(stream.signal)) return
      const problem = problemOf(thrown)
      const renewable = problem.code === 'unauthenticated' && token !== undefined && refused === undefined
      if (renewable) refused = token
      else if (FINAL.has(problem.code)) break
      pause = Math.max(pause, (problem.about.retryAfter ?? 0) * 1000)
    }
    stream.onState('waiting')
    await rest(pause * (0.5 + Math.random() / 2), stream.signal)
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
  }
  if (!isAborted(stream.signal)) stream.onState('over')
}

/** Reads one connection to its end; why it ended, if it said so. */
async function listen(
  stream: Stream,
  token: string | undefined,
  onSnapshot: () => void,
): Promise<string | undefined> {
  const silence = new AbortController()
  const { signal } = silence
  // Without a network a connection may look alive for a long time.
  addEventListener('offline', () => silence.abort(), { signal })
  try {
    return await read(stream, token, onSnapshot, silence)
  } finally {
    silence.abort()
  }
}

async function read(
  stream: Stream,
  token: string | undefined,
  onSnapshot: () => void,
  silence: AbortController,
): Promise<string | undefined> {
  const answer = await send('get', stream.path, {
    token,
    headers: { Accept: 'text/event-stream', ...stream.headers },
    ...(stream.params === undefined ? {} : { path: stream.params }),
    signal: AbortSignal.any([stream.signal, silence.signal]),
  })
  if (!answer.ok) throw await problemIn(answer)
  if (answer.body === null) throw new Problem('unexpected')
  const parser = new EventStreamParser()
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const timer = setTimeout(() => silence.abort(), SILENCE_MS)
    const { done, value } = await reader.read().finally(() => clearTimeout(timer))
    if (done) return undefined
    for (const { event, data } of parser.push(value)) {
      const said = JSON.parse(data) as { note?: NoteStatus; notes?: NoteStatus[]; reason?: string }
      if (event === 'end') return said.reason
      if (event === 'snapshot') {
        onSnapshot()
        stream.onState('live')
        stream.onSnapshot(said.notes ?? (said.note === undefined ? [] : [said.note]))
      } else if (said.note !== undefined) stream.onEvent(event, said.note)
    }
  }
}

const isAborted = (signal: AbortSignal): boolean => signal.aborted

/** Ends early when the network comes back. */
async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  const woken = new AbortController()
  await new Promise<void>((resolve) => {
    const { signal: done } = woken
    setTimeout(resolve, milliseconds)
    addEventListener('online', () => resolve(), { signal: done })
    signal.addEventListener('abort', () => resolve(), { signal: done })
  })
  woken.abort()
}
