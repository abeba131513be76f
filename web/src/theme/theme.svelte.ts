import { kept } from '../storage/kept'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'onasty.theme'
let chosen = $state<Theme>('system')

export const theme = {
  get chosen(): Theme {
    return chosen
  },
}

/** Kept for the next time; `system` follows the browser and leaves nothing behind. */
export function chooseTheme(next: Theme): void {
  use(next)
  if (next === 'system') kept.remove(KEY)
  else kept.set(KEY, next)
}

export function startTheme(): void {
  use(THEMES.find((known) => known === kept.get(KEY)) ?? 'system')
}

function use(next: Theme): void {
  chosen = next
  if (next === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = next
}
