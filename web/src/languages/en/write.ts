import type { Lifetime } from '../../writing/lifetime'

export default {
  title: 'Say it once.',
  lead: 'Write what only one person should read. You get a link that opens it once, and then it is gone.',
  label: 'Your note',
  placeholder: 'A password, a key, a few private words …',
  options: 'Options',
  once: 'Opens once',
  times: (count: string) => `Opens ${count} times`,
  anyTimes: 'Opens any number of times',
  // By seconds, and not by Intl, which takes longer to begin than all the rest of the first page.
  ends: {
    3600: 'gone in an hour',
    86_400: 'gone tomorrow',
    604_800: 'gone in 7 days',
    2_592_000: 'gone in 30 days',
  } satisfies Record<Lifetime, string>,
  endsAt: (when: string) => `gone ${when}`,
  withPassword: 'with a password',
  send: 'Make the link',
  sending: 'Encrypting …',
  empty: 'Write something first.',
  tooLong: 'This is too long. Shorten it, or split it into several notes.',
  cut: (count: string) => `It is up to ${count} characters too long.`,
}
