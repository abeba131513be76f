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
  return { send: () => send(draft.copy()), draft, Problem }
}

test.each([
  ['somebody', 'a token', true],
  ['nobody', undefined, false],
])('a letter is asked for by %s who is signed in alone', async (_who, signedInWith, asksForOne) => {
  const { send, draft } = await page()
  draft.notify = true
  token = signedInWith
  await send()
  expect(asked.map(({ body }) => body.notify)).toEqual([asksForOne])
})

test('what may have been kept goes out again just as it was, what was refused does not', async () => {
  const { send, Problem } = await page()
  for (const code of ['unreachable', 'invalid_request'] as const) {
    answer = () => Promise.reject(new Problem(code))
    await expect(send()).rejects.toMatchObject({ code })
  }
  answer = () => Promise.resolve({ slug: 'a-note' })
  await send()
  const [first, second, third] = asked.map(({ body }) => body.content)
  expect(second).toBe(first)
  expect(third).not.toBe(first)
})

test('what may have been kept is not forgotten for a refusal that says nothing of it', async () => {
  const { send, Problem } = await page()
  for (const code of ['unreachable', 'too_many_requests', 'session_ended', 'slug_taken'] as const) {
    answer = () => Promise.reject(new Problem(code))
    await expect(send()).rejects.toMatchObject({ code })
  }
  answer = () => Promise.resolve({ slug: 'a-note' })
  await send()
  const [first, ...others] = asked.map(({ body }) => body.content)
  const last = others.pop()
  expect(others).toEqual([first, first, first])
  expect(last).not.toBe(first)
})

test('what is written while a note is sent stays', async () => {
  const { draft } = await page()
  draft.password = 'pass word'
  const sent = draft.copy()
  draft.text += ' and more'
  draft.clear(sent)
  expect(draft.copy()).toMatchObject({ text: 'the launch code and more', password: '' })
})

test('a number of views that is none goes with the rest', async () => {
  const { draft } = await page()
  draft.views = Number.NaN
  draft.clear()
  expect(draft.views).toBe(1)
})

test.each([
  ['ours', true],
  ['of somebody else', false],
])('a name that is taken after no answer, by a note %s', async (_whose, isOurs) => {
  const { send, draft, Problem } = await page()
  draft.slug = 'a-name'
  answer = () => Promise.reject(new Problem('unreachable'))
  await expect(send()).rejects.toMatchObject({ code: 'unreachable' })
  answer = () => {
    if ('body' in (asked.at(-1) ?? {})) return Promise.reject(new Problem('slug_taken'))
    return isOurs ? Promise.resolve({ slug: 'a-name' }) : Promise.reject(new Problem('note_not_found'))
  }
  const sending = send()
  if (isOurs) expect((await sending).link).toMatch('/secret/a-name#')
  else await expect(sending).rejects.toMatchObject({ code: 'slug_taken' })
})
