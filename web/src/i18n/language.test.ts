import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type * as Language from './language.svelte'

let language: typeof Language

beforeEach(async () => {
  vi.resetModules()
  vi.stubGlobal('navigator', { languages: ['en'] })
  vi.stubGlobal('document', { documentElement: { lang: '' } })
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined })
  language = await import('./language.svelte')
  await language.need(['common'])
})
afterEach(() => {
  vi.doUnmock('../languages/de/common')
  vi.unstubAllGlobals()
})

/** German that comes when it is let. */
function held() {
  let release: () => void = () => undefined
  const gate = new Promise<void>((resolve) => (release = resolve))
  vi.doMock('../languages/de/common', async (original) => (await gate, original()))
  return release
}

it('a section that is loaded while a language is chosen is there in it', async () => {
  const release = held()
  const choosing = language.choose('de')
  await language.need(['auth'])
  release()
  await choosing
  expect(language.text('auth').signIn.title).toBe('Anmelden')
  expect(language.text('common').cancel).toBe('Abbrechen')
})

it('of two quick choices the last counts, whichever was loaded first', async () => {
  const release = held()
  const first = language.choose('de')
  await language.choose('en')
  release()
  await first
  expect(language.language.code).toBe('en')
  expect(language.text('common').cancel).toBe('Cancel')
})
