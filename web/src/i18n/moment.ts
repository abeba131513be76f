import { language } from './language.svelte'

/** A time as people say it: today the hour alone, else with the day. Local to the browser. */
export function moment(time: string | Date, now = new Date()): string {
  const date = new Date(time)
  const today = date.toDateString() === now.toDateString()
  const thisYear = date.getFullYear() === now.getFullYear()
  return date.toLocaleString(
    language.locale,
    today
      ? { timeStyle: 'short' }
      : {
          day: 'numeric',
          month: 'long',
          hour: 'numeric',
          minute: '2-digit',
          ...(thisYear ? {} : { year: 'numeric' }),
        },
  )
}
