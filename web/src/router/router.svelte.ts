import type { Component } from 'svelte'
import { need } from '../i18n/language.svelte'
import type { Section } from '../i18n/sections'
import { match, routesOf, type Params } from './routes'

export interface PageProps {
  params: Params
}

interface PageFile {
  default: Component<PageProps>
  /** What must be loaded of the language before the page is shown. */
  sections?: readonly Section[]
}

interface Shown {
  component: Component<PageProps>
  params: Params
}

const ROUTES = routesOf(import.meta.glob<PageFile>('../pages/**/*.svelte'), '../pages/')
const NOWHERE = '/not-found'

let shown = $state.raw<Shown>()
let failed = $state(false)
let loading = $state(false)
let moves = 0

export const router = {
  /** What the address of now shows; undefined until the first page is there. */
  get shown(): Shown | undefined {
    return shown
  },
  /** The page's file could not be loaded. */
  get failed(): boolean {
    return failed
  },
  get loading(): boolean {
    return loading
  },
}

/** Goes to an address of our own. */
export async function go(href: string, replace = false): Promise<void> {
  if (replace) history.replaceState(null, '', href)
  else history.pushState(null, '', href)
  await show()
  scrollTo(0, 0)
}

/** Shows the page of the address, and from now on that of each address that a person goes to. */
export async function startRouter(): Promise<void> {
  document.addEventListener('click', follow)
  addEventListener('popstate', () => void show())
  await show()
}

/** Never rejects: what fails is shown. */
async function show(): Promise<void> {
  const move = ++moves
  loading = true
  const found = match(ROUTES, location.pathname)
  try {
    const page = await (found ?? match(ROUTES, NOWHERE))?.page()
    if (page === undefined) throw new Error('there is no page for what is not there')
    await need(page.sections ?? [])
    // Another move may have overtaken this one.
    if (move !== moves) return
    failed = false
    shown = { component: page.default, params: found?.params ?? {} }
  } catch {
    if (move === moves) failed = true
  } finally {
    if (move === moves) loading = false
  }
}

function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (link === null || link.target !== '' || link.hasAttribute('download')) return
  const there = new URL(link.href, location.href)
  // A link within the page is the browser's own affair; one to the API leaves the client.
  if (there.origin !== location.origin || match(ROUTES, there.pathname) === undefined) return
  if (link.getAttribute('href')?.startsWith('#') === true) return
  event.preventDefault()
  void go(there.pathname + there.search + there.hash, there.href === location.href)
}
