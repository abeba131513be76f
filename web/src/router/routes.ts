export type Params = Readonly<Record<string, string>>

export interface Match<Page> {
  page: Page
  params: Params
}

interface Route<Page> {
  pattern: RegExp
  page: Page
}

/**
 * Addresses out of files: `index.svelte` is `/`, `secret/[slug].svelte` is `/secret/…`.
 * What has no parameter goes first.
 */
export function routesOf<Page>(files: Record<string, Page>, root: string): Route<Page>[] {
  return Object.entries(files)
    .map(([file, page]) => ({
      path: file.slice(root.length).replace(/(^|\/)index\.svelte$|\.svelte$/, ''),
      page,
    }))
    .sort((one, other) => Number(one.path.includes('[')) - Number(other.path.includes('[')))
    .map(({ path, page }) => ({
      pattern: new RegExp(`^/${path.replace(/\[(\w+)\]/g, '(?<$1>[^/]+)')}/?$`),
      page,
    }))
}

/** The page of a path, and what its parameters are, decoded; undefined when there is none. */
export function match<Page>(routes: readonly Route<Page>[], path: string): Match<Page> | undefined {
  for (const { pattern, page } of routes) {
    const found = pattern.exec(path)
    if (found === null) continue
    try {
      const params = Object.entries(found.groups ?? {}).map(([name, value]) => [
        name,
        decodeURIComponent(value),
      ])
      return { page, params: Object.fromEntries(params) as Params }
    } catch {
      return undefined // an escape that is none
    }
  }
  return undefined
}
