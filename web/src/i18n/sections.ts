import type common from '../languages/en/common'
import type problems from '../languages/en/problems'

/** What is said, by the part of the client that says it. English is the model: the others have its shape. */
export interface Sections {
  common: typeof common
  problems: typeof problems
}

export type Section = keyof Sections
