import { call } from '../api/client'
import { problemOf } from '../api/problem'
import { secretLink } from '../crypto/link'
import { stretchInWorker } from '../crypto/stretch'
import { authorized } from '../session/authorized'
import { remember } from '../sent/sent_notes'
import type { Written } from './draft.svelte'
import { prepare, type Prepared } from './prepare'

export interface Sent {
  link: string
  slug: string
  manageToken: string
  password: string
  views: number
  /** False when this browser refused to keep its token. */
  listed: boolean
}

let tried: { written: string; prepared: Prepared; mayBeKept: boolean } | undefined

/**
 * Sends a note once, however often it is called with the same words until it succeeds. Throws a `Problem`; after one that
 * leaves open whether the note was kept, the same goes out as the very same request, which the server knows again.
 */
export async function send(written: Written): Promise<Sent> {
  const as = JSON.stringify(written)
  if (tried?.written !== as) {
    tried = { written: as, prepared: await prepare(written, stretchInWorker), mayBeKept: false }
  }
  const attempt = tried
  const { body, idempotencyKey, linkKey, manageToken } = attempt.prepared
  let slug: string
  try {
    const headers = { 'Idempotency-Key': idempotencyKey }
    // A letter needs an account: the wish for one may be older than the end of its session.
    const created = await authorized((token) => {
      const notify = body.notify === true && token !== undefined
      return call('post', '/api/v1/note', { body: { ...body, notify }, headers, token })
    })
    slug = created.slug
  } catch (thrown) {
    const { code } = problemOf(thrown)
    const name = code === 'slug_taken' && attempt.mayBeKept ? await ours(attempt.prepared) : undefined
    if (name === undefined) {
      if (MAY_BE_KEPT.has(code)) attempt.mayBeKept = true
      // What was refused was not kept, unless an earlier attempt was: the next is another note.
      else if (!attempt.mayBeKept || OF_THE_NOTE.has(code)) tried = undefined
      throw thrown
    }
    slug = name
  }
  tried = undefined
  const createdAt = new Date().toISOString()
  const listed = remember({ slug, token: manageToken, expiresAt: body.expires_at, createdAt })
  return {
    link: secretLink(location.origin, slug, linkKey),
    slug,
    manageToken,
    password: written.password,
    views: written.views,
    listed,
  }
}

/**
 * The name that was chosen, if the note that has it is this one: from another address or in another session the server
 * does not know the request again. Throws a `Problem` when that cannot be asked.
 */
async function ours({ body, manageToken }: Prepared): Promise<string | undefined> {
  if (body.slug == null) return undefined
  const options = { path: { slug: body.slug }, headers: { 'Onasty-Manage-Token': manageToken } }
  try {
    return (await call('get', '/api/v1/note/{slug}/status', options)).slug
  } catch (thrown) {
    if (problemOf(thrown).code !== 'note_not_found') throw thrown
    return undefined
  }
}

// What the server says of this very request: it would have known it again.
const OF_THE_NOTE = new Set(['invalid_request', 'slug_taken', 'content_too_large', 'idempotency_key_reused'])
const MAY_BE_KEPT = new Set(['unreachable', 'offline', 'timeout', 'internal', 'unexpected'])
