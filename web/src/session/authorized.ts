import { problemOf } from '../api/problem'
import { accessToken, refresh } from './session.svelte'

/**
 * Does something as whoever is signed in, or without a name for who is not. A token that the server refuses is renewed
 * once, and the same is done again: a refused request did nothing. Throws `session_ended` rather than do it nameless.
 */
export async function authorized<T>(action: (token: string | undefined) => Promise<T>): Promise<T> {
  const token = await accessToken()
  try {
    return await action(token)
  } catch (thrown) {
    if (token === undefined || problemOf(thrown).code !== 'unauthenticated') throw thrown
    return action(await refresh(token))
  }
}
