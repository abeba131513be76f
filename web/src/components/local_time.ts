/** A time as `<input type="datetime-local">` has it: by the clock of the browser, to the minute. */
export function toLocal(time: Date): string {
  const two = (count: number) => String(count).padStart(2, '0')
  const date = `${String(time.getFullYear()).padStart(4, '0')}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${date}T${two(time.getHours())}:${two(time.getMinutes())}`
}

/**
 * The moment that is meant by it; undefined when it is none. Of an hour that the clock strikes twice the first, and of
 * one that it leaves out the hour after it, as JavaScript has both.
 */
export function fromLocal(value: string): Date | undefined {
  if (!/^\d{4,}-\d\d-\d\dT\d\d:\d\d/.test(value)) return undefined
  const time = new Date(value)
  return Number.isNaN(time.getTime()) ? undefined : time
}
