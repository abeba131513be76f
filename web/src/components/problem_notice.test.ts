import { render } from 'svelte/server'
import { beforeAll, expect, it, vi } from 'vitest'
import { Problem, type ProblemCode } from '../api/problem'
import { need } from '../i18n/language.svelte'
import problems from '../languages/en/problems'
import ProblemNotice from './ProblemNotice.svelte'

beforeAll(async () => {
  vi.stubGlobal('navigator', { languages: ['en'] })
  await need(['common', 'problems'])
})

it.each([
  ['note_not_found', problems.note_not_found],
  ['of_a_newer_server', problems.unexpected],
  ['constructor', problems.unexpected],
  ['toString', problems.unexpected],
])('says of %s what there is to say', (code, [what]) => {
  const { body } = render(ProblemNotice, { props: { problem: new Problem(code as ProblemCode) } })
  expect(body).toContain(what)
})
