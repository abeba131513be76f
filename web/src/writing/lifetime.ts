/** When a note ends: so many seconds from now, or at a local time, which is the browser's own. */
export const endOf = (lifetime: number | string, now: Date): Date =>
  typeof lifetime === 'number' ? new Date(now.getTime() + lifetime * 1000) : new Date(lifetime)
