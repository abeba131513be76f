import { Problem, problemIn } from './problem'
import type { paths } from './schema'

type Method = 'get' | 'post' | 'patch' | 'delete'
type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P][M] extends { responses: unknown } ? P : never
}[keyof paths]
type Operation<M extends Method, P extends PathOf<M>> = NonNullable<paths[P][M]>

type BodyOf<O> = O extends { requestBody?: { content: { 'application/json': infer B } } } ? B : undefined
type JsonOf<R> = R extends { content: { 'application/json': infer A } } ? A : undefined
type AnswerOf<O> = O extends { responses: infer R }
  ? JsonOf<R[Extract<keyof R, 200 | 201 | 202 | 204>]>
  : never

export interface Options<O> {
  /** What stands in the braces of the path. */
  path?: Readonly<Record<string, string>>
  query?: Readonly<Record<string, string>>
  headers?: Readonly<Record<string, string>>
  body?: BodyOf<O>
  /** An access token. */
  token?: string | undefined
  signal?: AbortSignal
  /** Told of the headers of a success, as soon as they are there. */
  answered?: (headers: Headers) => void
}

// Longer than the server's own deadline, and long enough for 700 KiB over a poor line.
const PATIENCE_MS = 30_000

/**
 * One request, and its answer as the API's description has it. Sent once: only the caller knows whether it may be
 * sent again. Throws a `Problem`, or the signal's reason.
 */
export async function call<M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  options: Options<Operation<M, P>> = {},
): Promise<AnswerOf<Operation<M, P>>> {
  const answer = await send(method, path, options, AbortSignal.timeout(PATIENCE_MS))
  if (!answer.ok) throw await problemIn(answer)
  options.answered?.(answer.headers)
  try {
    const body = await answer.text()
    return (body === '' ? undefined : JSON.parse(body)) as AnswerOf<Operation<M, P>>
  } catch {
    throw new Problem('unreachable') // cut off on its way
  }
}

/** The answer itself, for streams and downloads; it may be a refusal. Ends with the signal alone. */
export async function send(
  method: Method,
  path: string,
  options: Omit<Options<unknown>, 'body'> & { body?: unknown },
  patience?: AbortSignal,
): Promise<Response> {
  if (!navigator.onLine) throw new Problem('offline')
  const signals = [options.signal, patience].filter((signal) => signal !== undefined)
  try {
    return await fetch(addressOf(path, options), {
      method: method.toUpperCase(),
      headers: {
        ...(options.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(options.token === undefined ? {} : { Authorization: `Bearer ${options.token}` }),
        ...options.headers,
      },
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: AbortSignal.any(signals),
      redirect: 'error',
    })
  } catch (error) {
    if (isAborted(options.signal)) throw error
    // Also when the network is gone by now: the request may have left before, and been done.
    throw new Problem('unreachable')
  }
}

/** By how many milliseconds this clock is ahead of the server's, as far as the answer tells. */
export const aheadOf = (headers: Headers): number => Date.now() - Date.parse(headers.get('Date') ?? '') || 0

const isAborted = (signal?: AbortSignal): boolean => signal?.aborted === true

function addressOf(
  path: string,
  { path: params = {}, query = {} }: Pick<Options<unknown>, 'path' | 'query'>,
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
  const search = new URLSearchParams(query).toString()
  return search === '' ? filled : `${filled}?${search}`
}
