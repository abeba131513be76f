import { fromBase64url, type Bytes } from './base64url'

const KEY_BYTES = 32

/** What the part of a link behind its `#` holds; `broken` when it was cut or changed on its way. */
export type LinkKey = Bytes | 'none' | 'broken'

export function readLinkKey(fragment: string): LinkKey {
  const text = fragment.replace(/^#/, '')
  if (text === '') return 'none'
  const key = fromBase64url(text)
  return key?.length === KEY_BYTES ? key : 'broken'
}

export const secretLink = (origin: string, slug: string, key: string): string =>
  `${origin}/secret/${slug}#${key}`
