import { beforeEach, expect, test, vi } from 'vitest'

const asked: { body: { notify: boolean; content: string } }[] = []
let token: string | undefined
let answer: () => Promise<unknown>

vi.mock('../api/client', () => ({
  call: (_method: string, _path: string, options: (typeof asked)[number]) => (asked.push(options), answer()),
}))
vi.mock('../session/authorized', () => ({
  authorized: (action: (token: string | undefined) => unknown) => action(token),
}))
vi.mock('../crypto/stretch', () => ({ stretchInWorker: () => Promise.reject(new Error('no password here')) }))
vi.mock('../sent/sent_notes', () => ({ remember: () => true }))

beforeEach(() => {
  asked.length = 0
  vi.stubGlobal('location', { origin: 'https://notes.example' })
  answer = () => Promise.resolve({ slug: 'a-note' })
})

async function page() {
  vi.resetModules()
  const [{ send }, { Draft }, { Problem }] = await Promise.all([
    import('./send'),
    import('./draft.svelte'),
    import('../api/problem'),
  ])
  const draft = new Draft()
  draft.text = 'the launch code'
  return { send, draft, Problem }
}

test.each([
  ['somebody', 'a token', true],
  ['nobody', undefined, false],
])('a letter is asked for by %s who is signed in alone', async (_who, signedInWith, asksForOne) => {
  const { send, draft } = await page()
  draft.notify = true
  token = signedInWith
  await send(draft)
  expect(asked.map(({ body }) => body.notify)).toEqual([asksForOne])
})

test('what may have been kept goes out again just as it was, what was refused does not', async () => {
  const { send, draft, Problem } = await page()
  for (const code of ['unreachable', 'invalid_request'] as const) {
    answer = () => Promise.reject(new Problem(code))
    await expect(send(draft)).rejects.toMatchObject({ code })
  }
  answer = () => Promise.resolve({ slug: 'a-note' })
  await send(draft)
  const [first, second, third] = asked.map(({ body }) => body.content)
  expect(second).toBe(first)
  expect(third).not.toBe(first)
})
