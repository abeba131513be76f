import type { Sections } from '../../i18n/sections'

const auth: Sections['auth'] = {
  email: 'E-Mail-Adresse',
  emailWrong: 'Das kann keine E-Mail-Adresse sein. Sehen Sie nach Tippfehlern.',
  password: 'Passwort',
  passwordMissing: 'Geben Sie Ihr Passwort ein.',
  newPassword: 'Neues Passwort',
  passwordHint: 'Mindestens 8 Zeichen. Länger ist besser als ausgefallener.',
  makeUp: 'Eines ausdenken',
  madeUp: 'Im Feld steht ein neues Passwort. Bewahren Sie es in Ihrem Passwortmanager auf.',
  flaw: {
    short: 'Zu kurz: Es braucht mindestens 8 Zeichen.',
    long: 'Zu lang: Höchstens 256 Zeichen gehen.',
    common: 'Das verwenden zu viele. Wählen Sie ein anderes.',
  },
  or: 'oder',
  signInWith: (provider) => `Weiter mit ${provider}`,
  apart: 'Öffnet sich in einem anderen Tab. Was Sie hier geschrieben haben, bleibt.',
  leaves: 'Dabei verlassen Sie die Seite, und was Sie hier geschrieben haben, geht verloren.',
  again: 'E-Mail noch einmal senden',
  againIn: (wait) => `Wieder möglich in ${wait}`,
  sentAgain: 'Wartet die Adresse auf eine E-Mail, ist eine weitere unterwegs.',
  signIn: {
    title: 'Anmelden',
    submit: 'Anmelden',
    forgot: 'Passwort vergessen?',
    none: 'Noch kein Konto?',
  },
  signUp: {
    title: 'Konto anlegen',
    lead: 'Mit einem Konto sehen Sie auf jedem Gerät die Nachrichten, die Sie angemeldet gesendet haben. Schreiben geht auch ohne.',
    submit: 'Konto anlegen',
    have: 'Sie haben schon eines?',
  },
  forgot: {
    title: 'Ein neues Passwort',
    lead: 'Wir senden Ihnen einen Link, mit dem Sie ein anderes wählen.',
    submit: 'Link senden',
    back: 'Zurück zur Anmeldung',
  },
  letter: {
    title: 'Sehen Sie in Ihr Postfach',
    verify:
      'Wir haben Ihnen eine E-Mail gesandt. Öffnen Sie den Link darin, damit feststeht, dass die Adresse Ihre ist.',
    reset: 'Hat diese Adresse ein Konto, ist eine E-Mail mit einem Link unterwegs.',
    same: 'Kommt sie nicht, prüfen Sie die Adresse. Wir sagen bei jeder Adresse dasselbe, damit niemand erfährt, wer hier ein Konto hat.',
    where: 'Sie sollte binnen einer Minute da sein. Manchmal liegt sie im Spam-Ordner.',
    other: 'Eine andere Adresse nehmen',
  },
  needed: 'Auf dieser Seite geht es um Ihr Konto. Melden Sie sich an, um sie zu sehen.',
  inside: { title: 'Sie sind angemeldet' },
  signOut: 'Abmelden',
  lost: {
    title: 'Jetzt abmelden?',
    text: 'Eine Nachricht ist noch nicht gesendet oder ihr Link nicht kopiert. Sie geht dabei verloren.',
  },
  callback: {
    title: 'Es kam nichts zurück',
    text: 'Hier endet eine Anmeldung bei einem anderen Anbieter. Wie sie ausging, wurde nicht gesagt. Beginnen Sie sie noch einmal.',
  },
}
export default auth
