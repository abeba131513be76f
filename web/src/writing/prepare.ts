import type { Schemas } from '../api/problem'
import { fromBase64url, randomText } from '../crypto/base64url'
import { encrypt } from '../crypto/content'
import { newHeader, writeHeader } from '../crypto/header'
import { deriveKeys, type Stretch } from '../crypto/keys'
import type { Written } from './draft.svelte'
import { endOf } from './lifetime'

/** A note as it is sent, and sent again in just this way when no answer came. */
export interface Prepared {
  body: Schemas['CreateNote'] & { expires_at: string }
  idempotencyKey: string
  /** For the link alone. */
  linkKey: string
  manageToken: string
}

/** Encrypts, under keys that nothing else has. What it takes of the draft, it takes at the call. */
export async function prepare(written: Written, stretch: Stretch, now = new Date()): Promise<Prepared> {
  const linkKey = randomText(32)
  const manageToken = randomText(32)
  const header = newHeader(written.password !== '')
  const expiresAt = endOf(written.lifetime, now)
  const { text, password, views, slug, notify } = written
  const keys = await deriveKeys(fromBase64url(linkKey) ?? new Uint8Array(), header, password, stretch)
  const body = {
    content: await encrypt(text, keys.content, header),
    encryption: writeHeader(header),
    link_proof: keys.linkProof,
    password_proof: keys.passwordProof ?? null,
    manage_token: manageToken,
    expires_at: expiresAt.toISOString(),
    slug: slug === '' ? null : slug,
    notify,
    ...(views === 0 ? { keep_before_expiration: true } : { keep_before_expiration: false, max_views: views }),
  }
  return { body, idempotencyKey: randomText(16), linkKey, manageToken }
}
