import { toBase64url, type Bytes } from './base64url'
import type { Header } from './header'

/** Argon2id of docs/encryption.md, over the UTF-8 of a password in NFKC: 32 bytes. */
export type Stretch = (password: Bytes, salt: Bytes) => Promise<Bytes>

export interface Keys {
  /** Not to be taken out of the browser's own keeping. */
  content: CryptoKey
  linkProof: string
  passwordProof: string | undefined
}

/** What is derived of the link's key and, where the header wants one, a password. */
export async function deriveKeys(
  linkKey: Bytes,
  header: Header,
  password: string,
  stretch: Stretch,
): Promise<Keys> {
  const ofLink = await secret(linkKey)
  const ofAll = header.needsPassword ? await secret(await mixed(linkKey, header, password, stretch)) : ofLink
  const [content, linkProof, passwordProof] = await Promise.all([
    crypto.subtle.deriveKey(parameters(header, 'content'), ofAll, { name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]),
    proof(ofLink, header, 'link'),
    header.needsPassword ? proof(ofAll, header, 'password') : undefined,
  ])
  return { content, linkProof, passwordProof }
}

async function mixed(linkKey: Bytes, header: Header, password: string, stretch: Stretch): Promise<Bytes> {
  const stretched = await stretch(new TextEncoder().encode(password.normalize('NFKC')), header.salt)
  const both = new Uint8Array(linkKey.length + stretched.length)
  both.set(linkKey)
  both.set(stretched, linkKey.length)
  return both
}

const secret = (bytes: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey', 'deriveBits'])

const parameters = (header: Header, purpose: 'link' | 'content' | 'password'): HkdfParams => ({
  name: 'HKDF',
  hash: 'SHA-256',
  salt: header.salt,
  info: new TextEncoder().encode(`onasty/v1/${purpose}`),
})

const proof = async (key: CryptoKey, header: Header, purpose: 'link' | 'password'): Promise<string> =>
  toBase64url(new Uint8Array(await crypto.subtle.deriveBits(parameters(header, purpose), key, 256)))
