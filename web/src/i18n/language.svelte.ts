import { kept } from '../storage/kept'
import type { Section, Sections } from './sections'

/** Each in its own words, for who cannot read the current one. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const
export type Code = keyof typeof LANGUAGES

const FILES = import.meta.glob<{ default: unknown }>('../languages/*/*.ts')
const KEY = 'onasty.language'

let code = $state<Code>('en')
let texts = $state.raw<Partial<Sections>>({})
let choices = 0

const isCode = (value: string | null | undefined): value is Code =>
  value != null && Object.hasOwn(LANGUAGES, value)

/** The language of now, for `Intl` too: with the region that the browser asks for, where it has one. */
export const language = {
  get code(): Code {
    return code
  },
  get locale(): string {
    return navigator.languages.find((wanted) => wanted.split('-')[0] === code) ?? code
  },
}

/** What a section says in the language of now. Its page names it in `sections`, so it is loaded by then. */
export function text<S extends Section>(section: S): Sections[S] {
  const found = texts[section]
  if (found === undefined) throw new Error(`the section ${section} is not loaded`)
  return found
}

/** Loads what is missing of these sections. Rejects when a file cannot be loaded. */
export async function need(sections: readonly Section[]): Promise<void> {
  const missing = sections.filter((section) => texts[section] === undefined)
  if (missing.length === 0) return
  const from = code
  const loaded = await load(from, missing)
  // Others may have loaded theirs meanwhile, and somebody may have chosen another language.
  if (from === code) texts = { ...texts, ...loaded }
  else await need(sections)
}

/** Says everything in another language from now on, and the next time; the last choice counts. Rejects as `need` does. */
export async function choose(next: Code): Promise<void> {
  const choice = ++choices
  let loaded: Partial<Sections> = {}
  for (;;) {
    // A page may have come to need more meanwhile.
    const missing = (Object.keys(texts) as Section[]).filter((section) => loaded[section] === undefined)
    if (missing.length === 0) break
    loaded = { ...loaded, ...(await load(next, missing)) }
    if (choice !== choices) return
  }
  texts = loaded
  use(next)
  kept.set(KEY, next)
}

/** The language that was chosen here, else the first that the browser asks for and we have, else English. */
export function startLanguage(): void {
  const chosen = kept.get(KEY)
  const asked = navigator.languages.map((wanted) => wanted.split('-')[0])
  use([chosen, ...asked].find(isCode) ?? 'en')
}

function use(next: Code): void {
  code = next
  document.documentElement.lang = next
}

async function load(from: Code, sections: readonly Section[]): Promise<Partial<Sections>> {
  const entries = sections.map(async (section) => {
    const file = FILES[`../languages/${from}/${section}.ts`]
    if (file === undefined) throw new Error(`there is no ${section} in ${from}`)
    return [section, (await file()).default] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}
