const CHUNK = 0x8000 // arguments of one call
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export type Bytes = Uint8Array<ArrayBuffer>

/** What newer browsers do by themselves, in a hundredth of the time. */
interface Native {
  toBase64: (options: { alphabet: 'base64url'; omitPadding: true }) => string
}
interface NativeConstructor {
  fromBase64: (text: string, options: { alphabet: 'base64url' }) => Bytes
}

/** Unpadded base64url (RFC 4648, section 5). */
export function toBase64url(bytes: Uint8Array): string {
  const own = bytes as Partial<Native> & Uint8Array
  if (own.toBase64) return own.toBase64({ alphabet: 'base64url', omitPadding: true })
  const pieces: string[] = []
  for (let at = 0; at < bytes.length; at += CHUNK) {
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + CHUNK)))
  }
  return btoa(pieces.join('')).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Undefined for whatever `toBase64url` would not have written: one text stands for one sequence of bytes. */
export function fromBase64url(text: string): Bytes | undefined {
  const over = text.length % 4
  if (over === 1 || !/^[A-Za-z0-9_-]*$/.test(text)) return undefined
  // Bits behind the last byte: four of them after two characters, two after three.
  const unused = over === 2 ? 0b1111 : over === 3 ? 0b11 : 0
  if ((ALPHABET.indexOf(text.at(-1) ?? 'A') & unused) !== 0) return undefined
  const own = Uint8Array as Partial<NativeConstructor>
  if (own.fromBase64) return own.fromBase64(text, { alphabet: 'base64url' })
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at)
  return bytes
}

/** As many bytes as nobody can guess. */
export const randomBytes = (count: number): Bytes => crypto.getRandomValues(new Uint8Array(count))

/** As base64url: 22 characters of 16 bytes, 43 of 32. */
export const randomText = (count: number): string => toBase64url(randomBytes(count))
