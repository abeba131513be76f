import { announce } from '../components/announcer.svelte'
import { need, text } from '../i18n/language.svelte'
import type { Sections } from '../i18n/sections'
import { resumeSession } from './session.svelte'

/** Says how a sign-in elsewhere ended, by the outcome that its way back put behind the `#` of `/`. Never rejects. */
export async function comeBack(outcome: string): Promise<void> {
  if (outcome === 'signed_in') {
    resumeSession()
    announce(text('common').oauth.signedIn, true)
    return
  }
  try {
    await need(['problems'])
    const known: Partial<Sections['problems']> = text('problems')
    const said = Object.hasOwn(known, outcome) ? known[outcome as keyof typeof known] : undefined
    announce((said ?? text('problems').oauth_refused).join(' '), true)
  } catch {
    announce(text('common').failed.title, true)
  }
}
