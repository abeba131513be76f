import type { Written } from './draft.svelte'
import { endOf } from './lifetime'

/** What of the options cannot be sent as it is, by the name of its text in `options`. */
export interface Wrong {
  until?: 'untilWrong' | 'untilFar'
  count?: 'countWrong'
  slug?: 'slugWrong'
}

const YEAR_MS = 365 * 86_400_000
const SLUG = /^[a-zA-Z0-9_-]{3,255}$/
const RESERVED = new Set(['read', 'unread'])

export function wrongIn({ lifetime, views, slug }: Written, now = new Date()): Wrong {
  const left = endOf(lifetime, now).getTime() - now.getTime()
  return {
    ...(left > YEAR_MS ? { until: 'untilFar' } : {}),
    // Not a number for a time that is none.
    ...(left > 0 ? {} : { until: 'untilWrong' }),
    ...(Number.isInteger(views) && views >= 0 && views <= 100 ? {} : { count: 'countWrong' }),
    ...(slug === '' || (SLUG.test(slug) && !RESERVED.has(slug)) ? {} : { slug: 'slugWrong' }),
  }
}
