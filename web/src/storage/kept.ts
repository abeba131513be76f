/**
 * localStorage, for a browser that may refuse it: then nothing is kept, and all works for as long as the page is open.
 * It holds the tokens of this browser's own notes, the language, the theme, and whether there may be a session;
 * never a note, a key or a password.
 */
export const kept = over(() => localStorage)

/** The same for this tab alone, until it is closed. It holds claims. */
export const keptInTab = over(() => sessionStorage)

export interface Kept {
  get: (key: string) => string | null
  /** False when the browser refused. */
  set: (key: string, value: string) => boolean
  remove: (key: string) => void
}

function over(storage: () => Storage): Kept {
  const instead = new Map<string, string>()
  return {
    get: (key) => instead.get(key) ?? attempt(() => storage().getItem(key)) ?? null,
    set: (key, value) => {
      const done = attempt(() => (storage().setItem(key, value), true)) ?? false
      if (done) instead.delete(key)
      else instead.set(key, value)
      return done
    },
    remove: (key) => {
      instead.delete(key)
      attempt(() => storage().removeItem(key))
    },
  }
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}
