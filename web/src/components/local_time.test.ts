import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fromLocal, toLocal } from './local_time'

const ZONES = [
  // value, zone, moment
  ['2026-01-15T12:00', 'Europe/Berlin', '2026-01-15T11:00:00.000Z'],
  ['2026-07-15T12:00', 'Europe/Berlin', '2026-07-15T10:00:00.000Z'],
  ['2026-03-29T01:59', 'Europe/Berlin', '2026-03-29T00:59:00.000Z'],
  ['2026-03-29T03:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
  ['2026-10-25T03:00', 'Europe/Berlin', '2026-10-25T02:00:00.000Z'],
  ['2026-07-15T12:00', 'Asia/Kolkata', '2026-07-15T06:30:00.000Z'],
  ['2026-07-15T00:30', 'Pacific/Kiritimati', '2026-07-14T10:30:00.000Z'],
  ['2026-12-31T23:59', 'America/New_York', '2027-01-01T04:59:00.000Z'],
] as const

let zone: string | undefined
beforeEach(() => (zone = process.env['TZ']))
afterEach(() => {
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
})

describe('a local time', () => {
  it.each(ZONES)('%s in %s is %s, and back', (value, where, moment) => {
    process.env['TZ'] = where
    expect(fromLocal(value)?.toISOString()).toBe(moment)
    expect(toLocal(new Date(moment))).toBe(value)
  })

  it('that the clock leaves out is the hour after', () => {
    process.env['TZ'] = 'Europe/Berlin'
    expect(fromLocal('2026-03-29T02:30')?.toISOString()).toBe('2026-03-29T01:30:00.000Z')
  })

  it('that the clock strikes twice is the first', () => {
    process.env['TZ'] = 'Europe/Berlin'
    expect(fromLocal('2026-10-25T02:30')?.toISOString()).toBe('2026-10-25T00:30:00.000Z')
  })

  it.each(['', '2026-07-15', '2026-13-40T12:00', 'tomorrow'])('%s is none', (value) =>
    expect(fromLocal(value)).toBeUndefined(),
  )
})
