/** How long a note may be there without a date: seconds. */
export const LIFETIMES = [3600, 86_400, 604_800, 2_592_000] as const
export type Lifetime = (typeof LIFETIMES)[number]

/** When a note ends: so many seconds from now, or at a local time, which is the browser's own. */
export const endOf = (lifetime: number | string, now: Date): Date =>
  typeof lifetime === 'number' ? new Date(now.getTime() + lifetime * 1000) : new Date(lifetime)
