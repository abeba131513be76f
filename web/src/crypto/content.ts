import { fromBase64url, toBase64url, type Bytes } from './base64url'
import type { Header } from './header'
import { padded } from './padme'

const TEXT = 1
const FRAME = 5 // kind and length

/** The text as the server keeps it: framed, padded, encrypted, as base64url. */
export async function encrypt(text: string, key: CryptoKey, header: Header): Promise<string> {
  const utf8 = new TextEncoder().encode(text)
  const plaintext = new Uint8Array(padded(FRAME + utf8.length))
  plaintext[0] = TEXT
  new DataView(plaintext.buffer).setUint32(1, utf8.length)
  plaintext.set(utf8, FRAME)
  return toBase64url(new Uint8Array(await crypto.subtle.encrypt(algorithm(header), key, plaintext)))
}

/** Undefined when it is not what `encrypt` made with this key and header. Why it is not, nobody needs to know. */
export async function decrypt(content: string, key: CryptoKey, header: Header): Promise<string | undefined> {
  const ciphertext = fromBase64url(content)
  if (ciphertext === undefined) return undefined
  try {
    const plaintext = new Uint8Array(await crypto.subtle.decrypt(algorithm(header), key, ciphertext))
    const text = unframed(plaintext)
    return text === undefined
      ? undefined
      : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text)
  } catch {
    return undefined
  }
}

function unframed(plaintext: Bytes): Bytes | undefined {
  if (plaintext.length < FRAME || plaintext[0] !== TEXT) return undefined
  const end = FRAME + new DataView(plaintext.buffer).getUint32(1)
  if (padded(end) !== plaintext.length) return undefined
  if (plaintext.subarray(end).some((byte) => byte !== 0)) return undefined
  return plaintext.slice(FRAME, end)
}

const algorithm = (header: Header): AesGcmParams => ({
  name: 'AES-GCM',
  iv: header.nonce,
  additionalData: header.bytes,
})
