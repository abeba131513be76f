import { Problem } from '../api/problem'
import address from './argon2.worker?worker&url'
import type { Bytes } from './base64url'
import type { Stretch } from './keys'

/** In a worker of its own, so that the page stays at hand. Throws a `Problem` when it cannot be loaded or fails. */
export const stretchInWorker: Stretch = async (password, salt) => {
  const worker = new Worker(trusted(address), { type: 'module' })
  try {
    return await new Promise<Bytes>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Bytes | undefined>) => {
        if (data === undefined) reject(new Problem('unexpected'))
        else resolve(data)
      }
      worker.onerror = () => reject(new Problem(navigator.onLine ? 'part_missing' : 'offline'))
      worker.postMessage({ password, salt })
    })
  } finally {
    worker.terminate()
  }
}

interface Policies {
  createPolicy: (
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ) => {
    createScriptURL: (url: string) => string
  }
}

let policy: ReturnType<Policies['createPolicy']> | undefined

/** Under Trusted Types a worker's address must come from a policy; ours lets that one address through. */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: Policies }
  policy ??= trustedTypes?.createPolicy('onasty-worker', {
    createScriptURL: (asked) => {
      if (asked !== address) throw new TypeError('not our worker')
      return asked
    },
  })
  return policy?.createScriptURL(url) ?? url
}
