import { language } from './language.svelte'

const DAY = 86_400
/** Seconds of each, the longest first. */
export const UNITS = [
  ['day', DAY],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** Everything about a time, for a tooltip. */
export const exactly = (time: string | Date): string =>
  new Date(time).toLocaleString(language.locale, { dateStyle: 'full', timeStyle: 'long' })

/** How far a time is from now: "in 3 days", "5 minutes ago", "now". */
export function distance(time: string | Date, now = new Date()): string {
  const seconds = (new Date(time).getTime() - now.getTime()) / 1000
  const format = new Intl.RelativeTimeFormat(language.locale, { numeric: 'auto' })
  for (const [unit, length] of UNITS) {
    const count = Math.round(seconds / length)
    if (Math.abs(count) >= 1) return format.format(count, unit)
  }
  return format.format(0, 'second')
}
