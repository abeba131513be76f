import { call } from '../api/client'
import type { Schemas } from '../api/problem'
import { decrypt } from '../crypto/content'
import { readHeader, type Header } from '../crypto/header'
import { deriveKeys } from '../crypto/keys'
import type { LinkKey } from '../crypto/link'
import { stretchInWorker } from '../crypto/stretch'
import { claims } from './claims'

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
}

export type Opened = Schemas['RevealedNote'] & {
  /** Views that others may take. */
  hasOthers: boolean
}

/** The note that this tab asked for before, for which the server may still hold its view. Throws `UnusableNote`. */
export function claimed(slug: string, key: LinkKey): Closed | undefined {
  const metadata = claims.of(slug)?.metadata
  return metadata && { slug, metadata, lock: lockOf(metadata, key) }
}

/** Looks at a note, which takes no view. Throws a `Problem` or `UnusableNote`. */
export async function look(slug: string, key: LinkKey): Promise<Closed> {
  const metadata = await call('get', '/api/v1/note/{slug}/meta', { path: { slug } })
  return { slug, metadata, lock: lockOf(metadata, key) }
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
export async function open({ slug, lock, metadata }: Closed, password: string): Promise<Opened> {
  const hasOthers = metadata.views_left > 1
  if (lock === null) {
    const body = { claim: claims.make(slug, metadata), ...(metadata.has_password ? { password } : {}) }
    const note = await call('post', '/api/v1/note/{slug}/view', { path: { slug }, body })
    return { ...note, hasOthers }
  }
  const keys = await deriveKeys(lock.key, lock.header, password, stretchInWorker)
  const note = await call('post', '/api/v1/note/{slug}/view', {
    path: { slug },
    body: {
      claim: claims.make(slug, metadata),
      link_proof: keys.linkProof,
      password_proof: keys.passwordProof ?? null,
    },
  })
  const text =
    note.encryption === metadata.encryption
      ? await decrypt(note.content, keys.content, lock.header)
      : undefined
  if (text === undefined) throw new UnusableNote('damaged')
  return { ...note, content: text, hasOthers }
}

/** Whoever read it has it: the server may forget it now. Throws a `Problem`. */
export async function acknowledge(slug: string): Promise<void> {
  const claim = claims.of(slug)?.claim
  if (claim !== undefined) await call('post', '/api/v1/note/{slug}/ack', { path: { slug }, body: { claim } })
  claims.forget(slug)
}
