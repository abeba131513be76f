// Without those that look like others, so that it can be read aloud and typed.
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'
const GROUPS = 4
const GROUP = 4

/** 80 random bits, in groups: `k7wd-mx2p-9rha-t4bq`. */
export function newPassword(): string {
  const random = crypto.getRandomValues(new Uint8Array(GROUPS * GROUP))
  // 32 letters: every byte stands for each of them as often as for the others.
  const letters = Array.from(random, (byte) => ALPHABET[byte % ALPHABET.length])
  return Array.from({ length: GROUPS }, (_, group) =>
    letters.slice(group * GROUP, (group + 1) * GROUP).join(''),
  ).join('-')
}
