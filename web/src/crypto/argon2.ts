import { argon2id } from 'hash-wasm'
import type { Bytes } from './base64url'

const MEMORY_KIB = 64 * 1024
const PASSES = 3
const LANES = 1
const LENGTH = 32

/**
 * Argon2id with 64 MiB and 3 passes: a quarter of a second by WebAssembly. Browsers that refuse that (a lockdown mode)
 * take some seconds, in JavaScript.
 */
export async function stretch(password: Bytes, salt: Bytes): Promise<Bytes> {
  // The one takes no empty password; the other does.
  if (typeof WebAssembly !== 'object' || password.length === 0) return slowly(password, salt)
  try {
    const hash = await argon2id({
      password,
      salt,
      iterations: PASSES,
      parallelism: LANES,
      memorySize: MEMORY_KIB,
      hashLength: LENGTH,
      outputType: 'binary',
    })
    return new Uint8Array(hash)
  } catch {
    return slowly(password, salt)
  }
}

async function slowly(password: Bytes, salt: Bytes): Promise<Bytes> {
  const noble = await import('@noble/hashes/argon2.js')
  return noble.argon2id(password, salt, { t: PASSES, m: MEMORY_KIB, p: LANES, dkLen: LENGTH })
}
