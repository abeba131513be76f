import { describe, expect, it } from 'vitest'
import { afterOauth, oauthAnswer, refusalIn } from './oauth_answer'

describe('oauthAnswer', () => {
  it.each([
    ['/', '#oauth=signed_in', 'signed_in'],
    ['/', '#oauth=oauth_refused', 'oauth_refused'],
    ['/oauth/callback', '#oauth=signed_in', 'signed_in'],
    ['/', '', undefined],
    ['/', '#oauth=', undefined],
    ['/', '#oauth=a<b>', undefined],
    ['/secret/x', '#oauth=signed_in', undefined],
  ])('%s%s: %s', (pathname, hash, answer) => expect(oauthAnswer({ pathname, hash })).toBe(answer))
})

describe('afterOauth', () => {
  it.each([
    ['signed_in', false, '/dashboard'],
    ['signed_in', true, '/profile'],
    ['oauth_refused', false, '/auth#oauth=oauth_refused'],
    ['oauth_identity_taken', true, '/profile#oauth=oauth_identity_taken'],
  ])('%s, %s: %s', (answer, had, address) => expect(afterOauth(answer, had)).toBe(address))

  it('is read again where it leads', () =>
    expect(refusalIn(new URL(afterOauth('oauth_refused', false), 'http://x'))).toBe('oauth_refused'))
})
