import { expect, test } from 'vitest'
import { match, routesOf } from './routes'

const files = ['index', 'notes', 'secret/[slug]', 'secret/fixed', 'manage/[slug]']
const routes = routesOf(
  Object.fromEntries(files.map((file) => [`../pages/${file}.svelte`, file])),
  '../pages/',
)

test.each([
  ['/', 'index', {}],
  ['/notes', 'notes', {}],
  ['/notes/', 'notes', {}],
  ['/secret/abc', 'secret/[slug]', { slug: 'abc' }],
  ['/secret/fixed', 'secret/fixed', {}],
  ['/secret/a%20b', 'secret/[slug]', { slug: 'a b' }],
])('%s', (path, page, params) => {
  expect(match(routes, path)).toEqual({ page, params })
})

test.each(['/nowhere', '/secret', '/secret/', '/secret/a/b', '/secret/%E0%A4%A', '/index'])(
  '%s leads nowhere',
  (path) => {
    expect(match(routes, path)).toBeUndefined()
  },
)
