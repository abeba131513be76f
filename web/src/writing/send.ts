import { call } from '../api/client'
import { problemOf } from '../api/problem'
import { secretLink } from '../crypto/link'
import { stretchInWorker } from '../crypto/stretch'
import { authorized } from '../session/authorized'
import { remember } from '../sent/sent_notes'
import type { Draft } from './draft.svelte'
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

let tried: { draft: string; prepared: Prepared } | undefined

/**
 * Sends a note once, however often it is called with the same draft until it succeeds. Throws a `Problem`; after one the
 * same draft goes out as the very same request, which the server knows again.
 */
export async function send(draft: Draft): Promise<Sent> {
  const written = draft.copy()
  const as = JSON.stringify(written)
  if (tried?.draft !== as) tried = { draft: as, prepared: await prepare(written, stretchInWorker) }
  const { body, idempotencyKey, linkKey, manageToken } = tried.prepared
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
    // What was refused was not kept: the next attempt is another note.
    if (!MAY_BE_KEPT.has(problemOf(thrown).code)) tried = undefined
    throw thrown
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

const MAY_BE_KEPT = new Set(['unreachable', 'offline', 'timeout', 'internal', 'unexpected'])
