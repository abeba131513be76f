import type { Problem } from '../api/problem'

export const PASSWORD_MIN = 8
const PASSWORD_MAX = 256

/** What is wrong with a password that somebody chooses; whether too many have it, the server knows. */
export function passwordFlaw(password: string): 'short' | 'long' | undefined {
  // The server counts code points.
  const { length } = Array.from(password)
  if (length < PASSWORD_MIN) return 'short'
  return length > PASSWORD_MAX ? 'long' : undefined
}

/** Whether it could be an address at all: what else is asked of one, the server knows. */
export const looksLikeAddress = (email: string): boolean => /^\S+@[^\s@]+$/.test(email.trim())

/** The field that the server found wrong, by the name that it has in the request. */
export function wrongField(problem: Problem): string | undefined {
  if (problem.code !== 'invalid_request') return undefined
  return /^(\w+):/.exec(problem.about.detail ?? '')?.[1]
}
