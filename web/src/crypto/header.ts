import { fromBase64url, randomBytes, toBase64url, type Bytes } from './base64url'

const VERSION = 1
const ALGORITHMS = 1
const LENGTH = 31

/** The public part of an encrypted note: 31 bytes, which the content is bound to. */
export interface Header {
  bytes: Bytes
  needsPassword: boolean
  nonce: Bytes
  salt: Bytes
}

/** With a nonce and a salt that no other note has. */
export function newHeader(needsPassword: boolean): Header {
  const bytes = new Uint8Array(LENGTH)
  bytes.set([VERSION, ALGORITHMS, needsPassword ? 1 : 0])
  bytes.set(randomBytes(28), 3)
  return partsOf(bytes)
}

/** Undefined for every version and algorithm but ours, so that no header can ask for more memory or time. */
export function readHeader(text: string): Header | undefined {
  const bytes = fromBase64url(text)
  if (bytes?.length !== LENGTH) return undefined
  const [version, algorithms, password = 2] = bytes
  if (version !== VERSION || algorithms !== ALGORITHMS || password > 1) return undefined
  return partsOf(bytes)
}

export const writeHeader = (header: Header): string => toBase64url(header.bytes)

const partsOf = (bytes: Bytes): Header => ({
  bytes,
  needsPassword: bytes[2] === 1,
  nonce: bytes.slice(3, 15),
  salt: bytes.slice(15),
})
