import type auth from '../languages/en/auth'
import type common from '../languages/en/common'
import type dashboard from '../languages/en/dashboard'
import type guide from '../languages/en/guide'
import type links from '../languages/en/links'
import type manage from '../languages/en/manage'
import type options from '../languages/en/options'
import type problems from '../languages/en/problems'
import type profile from '../languages/en/profile'
import type read from '../languages/en/read'
import type sent from '../languages/en/sent'
import type write from '../languages/en/write'

/** What is said, by the part of the client that says it. English is the model: the others have its shape. */
export interface Sections {
  auth: typeof auth
  common: typeof common
  dashboard: typeof dashboard
  guide: typeof guide
  links: typeof links
  manage: typeof manage
  options: typeof options
  problems: typeof problems
  profile: typeof profile
  read: typeof read
  sent: typeof sent
  write: typeof write
}

export type Section = keyof Sections
