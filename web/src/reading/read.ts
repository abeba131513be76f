import { aheadOf, call } from '../api/client'
import { problemOf, type Schemas } from '../api/problem'
import { decrypt } from '../crypto/content'
import { readHeader, type Header } from '../crypto/header'
import { deriveKeys } from '../crypto/keys'
import type { LinkKey } from '../crypto/link'
import { stretchInWorker } from '../crypto/stretch'
import { claims, type Claimed } from './claims'

/** Why a note is not opened although it is there. None of them takes a view, but `damaged`. */
export type Unusable =
  | 'key_missing'
  | 'key_broken'
  /** The link has a key, and the server says that the note needs none: it may be after the password. */
  | 'not_encrypted'
  | 'version_unknown'
  /** What came is not what was encrypted. */
  | 'damaged'

export class UnusableNote extends Error {
  constructor(readonly why: Unusable) {
    super(why)
  }
}

export type Metadata = Schemas['NoteMetadata']

/** A note that can be opened. */
export interface Closed {
  slug: string
  metadata: Metadata
  /** Null for a note that an API client sent as it was. */
  lock: { header: Header; key: Exclude<LinkKey, string> } | null
  /** The header says so where there is one, since the keys are made by it. */
  needsPassword: boolean
}

export type Opened = Schemas['RevealedNote'] & {
  /** Views that others may take. */
  hasOthers: boolean
  /** Until when this tab gets it again, in milliseconds of this clock. */
  until: number
}

/**
 * The note that this tab asked for before, for which the server may still hold its view; undefined also without the
 * key that it needs. Throws `UnusableNote`.
 */
export function claimed(slug: string, key: LinkKey): Closed | undefined {
  const metadata = claims.of(slug)?.metadata
  if (metadata === undefined || (key === 'none' && metadata.encryption != null)) return undefined
  return closed(slug, metadata, key)
}

/** Looks at a note, which takes no view. Throws a `Problem` or `UnusableNote`. */
export async function look(slug: string, key: LinkKey): Promise<Closed> {
  const metadata = await call('get', '/api/v1/note/{slug}/meta', { path: { slug } })
  return closed(slug, metadata, key)
}

function closed(slug: string, metadata: Metadata, key: LinkKey): Closed {
  const lock = lockOf(metadata, key)
  return { slug, metadata, lock, needsPassword: lock?.header.needsPassword ?? metadata.has_password }
}

function lockOf(metadata: Metadata, key: LinkKey): Closed['lock'] {
  if (key === 'broken') throw new UnusableNote('key_broken')
  if (metadata.encryption == null) {
    if (key !== 'none') throw new UnusableNote('not_encrypted')
    return null
  }
  const header = readHeader(metadata.encryption)
  if (header === undefined) throw new UnusableNote('version_unknown')
  if (key === 'none') throw new UnusableNote('key_missing')
  return { header, key }
}

/**
 * Takes a view, or shows the one that this tab took. Throws a `Problem` or `UnusableNote`; after no answer the same may
 * be asked again.
 */
export async function open(note: Closed, password: string): Promise<Opened> {
  const { lock, metadata } = note
  if (lock === null) return reveal(note, metadata.has_password ? { password } : {})
  const keys = await deriveKeys(lock.key, lock.header, password, stretchInWorker)
  const opened = await reveal(note, {
    link_proof: keys.linkProof,
    password_proof: keys.passwordProof ?? null,
  })
  const text =
    opened.encryption === metadata.encryption
      ? await decrypt(opened.content, keys.content, lock.header)
      : undefined
  if (text === undefined) throw new UnusableNote('damaged')
  return { ...opened, content: text }
}

/** Under a claim that is kept before it is sent. */
async function reveal(
  { slug, metadata }: Closed,
  shown: Omit<Schemas['RevealNote'], 'slug' | 'claim'>,
): Promise<Opened> {
  let ahead = 0
  // Of a view that was taken before, the server tells when the note was read last, and that may have been another.
  const first = claims.of(slug) === undefined
  const note = await call('post', '/api/v1/note/{slug}/view', {
    path: { slug },
    body: { claim: claims.make(slug, metadata), ...shown },
    // The times in the answer are of the server's clock, and so is this one.
    answered: (headers) => (ahead = aheadOf(headers)),
  })
  const until = Date.parse(note.lease_ends_at ?? note.expires_at) + ahead
  claims.answered(slug, first ? { until, readAt: note.read_at } : { until })
  return { ...note, hasOthers: metadata.views_left > 1, until }
}

/**
 * Ends what this tab asked for: the server may forget it now. Gives the claim if it took a view, which only the server
 * knows, and it forgets that with a note that was ended. Throws a `Problem` when it cannot be asked; the claim is kept
 * then.
 */
export async function endClaim(slug: string): Promise<Claimed | undefined> {
  const claimed = claims.of(slug)
  if (claimed === undefined) return undefined
  try {
    const body = { claim: claimed.claim }
    await call('post', '/api/v1/note/{slug}/ack', { path: { slug }, body })
  } catch (thrown) {
    if (problemOf(thrown).code !== 'note_not_found') throw thrown
    claims.forget(slug)
    return undefined
  }
  claims.forget(slug)
  return claimed
}
