import { describe, expect, it } from 'vitest'
import { Problem } from '../api/problem'
import { looksLikeAddress, passwordFlaw, wrongField } from './rules'

describe('passwordFlaw', () => {
  it.each([
    ['1234567', 'short'],
    ['12345678', undefined],
    ['🦦🦦🦦🦦', 'short'],
    ['🦦'.repeat(256), undefined],
    ['x'.repeat(257), 'long'],
  ])('%s is %s', (password, flaw) => expect(passwordFlaw(password)).toBe(flaw))
})

describe('looksLikeAddress', () => {
  it.each(['ada@example.org', ' ada@example.org ', 'ä@bücher.example', '"a@b"@example.org'])('%s', (email) =>
    expect(looksLikeAddress(email)).toBe(true),
  )
  it.each(['', 'ada', '@example.org', 'ada@', 'ada lovelace@example.org'])('not %s', (email) =>
    expect(looksLikeAddress(email)).toBe(false),
  )
})

describe('wrongField', () => {
  const refused = (code: 'invalid_request' | 'internal', detail: string) =>
    wrongField(new Problem(code, { detail }))
  it('is what stands before the colon', () =>
    expect(refused('invalid_request', 'new_email: no such domain')).toBe('new_email'))
  it('is not known of a whole request', () =>
    expect(refused('invalid_request', 'This cannot be: really')).toBeUndefined())
  it('is not known of another refusal', () => expect(refused('internal', 'password: lost')).toBeUndefined())
})
