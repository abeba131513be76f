import type { Schemas } from '../api/problem'

export type Provider = Schemas['OauthProvider']

/** As they call themselves. */
export const PROVIDERS: Record<Provider, string> = { google: 'Google', github: 'GitHub' }
