import { stretch } from './argon2'
import type { Bytes } from './base64url'

/** Asked once, then ended by whoever asked: its memory goes with it. */
addEventListener('message', (event: MessageEvent<{ password: Bytes; salt: Bytes }>) => {
  stretch(event.data.password, event.data.salt).then(
    (stretched) => postMessage(stretched),
    () => postMessage(undefined),
  )
})
