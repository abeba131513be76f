import type { components } from './schema'

export type Schemas = components['schemas']

/** The server's own codes, and what a client alone can find out. */
export type ProblemCode =
  | Schemas['Problem']['code']
  /** The browser has no network. Nothing was sent. */
  | 'offline'
  /** No answer came. Whether the request was done is not known. */
  | 'unreachable'
  /** The server has no such part of the page, or not any more. Nothing was sent. */
  | 'part_missing'
  /** Something answered that is not this API. */
  | 'unexpected'
  /** There was a session, and it is over. Nothing was sent. */
  | 'session_ended'

/** Why something was not done. What is shown of it comes from the language's `problems`, by the code. */
export class Problem extends Error {
  override readonly name = 'Problem'

  constructor(
    readonly code: ProblemCode,
    readonly about: {
      /** For people, in English; shown where the code alone says too little. */
      readonly detail?: string
      /** Seconds until it makes sense to ask again. */
      readonly retryAfter?: number
      /** What an operator finds it by. */
      readonly requestId?: string
      /** Further facts, such as `read_at`. */
      readonly facts?: Readonly<Record<string, unknown>>
    } = {},
  ) {
    super(code)
  }

  /** A fact that is a text, such as a time. */
  fact(name: string): string | undefined {
    const value = this.about.facts?.[name]
    return typeof value === 'string' ? value : undefined
  }
}

/** Whatever was thrown, as a problem that can be shown. */
export const problemOf = (thrown: unknown): Problem =>
  thrown instanceof Problem ? thrown : new Problem('unexpected')

/** What an answer that is no success says. Takes every body: a proxy may have answered in our place. */
export async function problemIn(answer: Response): Promise<Problem> {
  const retryAfter = Number(answer.headers.get('Retry-After') ?? Number.NaN)
  const requestId = answer.headers.get('X-Request-Id')
  const about = {
    ...(Number.isFinite(retryAfter) ? { retryAfter } : {}),
    ...(requestId === null ? {} : { requestId }),
  }
  try {
    const body = (await answer.json()) as Partial<Schemas['Problem']>
    if (typeof body.code === 'string') {
      return new Problem(body.code, { ...about, detail: body.detail ?? '', facts: body })
    }
  } catch {
    // Not JSON: not ours.
  }
  const away = answer.status === 502 || answer.status === 503 || answer.status === 504
  return new Problem(away ? 'unreachable' : 'unexpected', about)
}
