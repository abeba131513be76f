import type { Problem } from '../api/problem'
import { text } from '../i18n/language.svelte'
import { passwordFlaw, wrongField } from './rules'

/** What is wrong with a chosen password, in words; undefined for nothing. */
export function flawOf(password: string): string | undefined {
  const flaw = passwordFlaw(password)
  return flaw && text('auth').flaw[flaw]
}

/** The same of what the server found: its length was looked at before. */
export const refusedPassword = (problem: Problem): string | undefined =>
  wrongField(problem)?.endsWith('password') === true ? text('auth').flaw.common : undefined
