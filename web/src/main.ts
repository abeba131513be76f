import { mount } from 'svelte'
import App from './App.svelte'
import { need, startLanguage } from './i18n/language.svelte'
import { startRouter } from './router/router.svelte'
import { startSession } from './session/session.svelte'
import './styles/tokens.css'
import './styles/base.css'
import { startTheme } from './theme/theme.svelte'
import { startGuard } from './writing/draft.svelte'

// The only place where anything begins.
startTheme()
startLanguage()
startSession()
startGuard()
void begin()

// Not awaited up there: the pages import from this file's chunk, and would wait for it to wait for them.
async function begin(): Promise<void> {
  try {
    // Few come back from elsewhere: the first load does without.
    if (location.hash.startsWith('#oauth=')) (await import('./session/oauth_answer')).comeBack()
    await Promise.all([need(['common']), startRouter()])
  } catch {
    // Without its words there is no page to say it with.
    document.body.textContent = 'This page could not be loaded. Check your connection and load it again.'
    return
  }
  mount(App, { target: document.body })
}
