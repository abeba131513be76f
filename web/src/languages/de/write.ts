import type { Sections } from '../../i18n/sections'

const write: Sections['write'] = {
  title: 'Einmal gesagt.',
  lead: 'Schreiben Sie, was nur ein Mensch lesen soll. Sie bekommen einen Link, der es einmal öffnet; danach ist es fort.',
  label: 'Ihre Nachricht',
  placeholder: 'Ein Passwort, ein Schlüssel, ein paar vertrauliche Worte …',
  options: 'Optionen',
  once: 'Öffnet sich einmal',
  times: (count) => `Öffnet sich ${count}-mal`,
  anyTimes: 'Öffnet sich beliebig oft',
  ends: {
    3600: 'fort in einer Stunde',
    86_400: 'fort morgen',
    604_800: 'fort in 7 Tagen',
    2_592_000: 'fort in 30 Tagen',
  },
  endsAt: (when) => `fort: ${when}`,
  withPassword: 'mit Passwort',
  send: 'Link erstellen',
  sending: 'Wird verschlüsselt …',
  empty: 'Schreiben Sie zuerst etwas.',
  tooLong: 'Das ist zu lang. Kürzen Sie es, oder teilen Sie es auf mehrere auf.',
  cut: (count: string) => `Es ist um bis zu ${count} Zeichen zu lang.`,
}
export default write
