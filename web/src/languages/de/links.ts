import type { Sections } from '../../i18n/sections'

const links: Sections['links'] = {
  signIn: 'Anmelden',
  refused: {
    title: 'Dieser Link gilt nicht',
    used: 'Er wurde schon benutzt, er ist zu alt, oder ein neuerer hat ihn ersetzt.',
    cut: 'Er ist nicht vollständig. Kopieren Sie ihn ganz aus der E-Mail, bis zum letzten Zeichen, oder lassen Sie sich einen anderen senden.',
  },
  verify: {
    title: 'Bestätigen Sie Ihre Adresse',
    lead: 'Danach können Sie sich anmelden.',
    submit: 'Bestätigen',
    done: 'Ihre Adresse ist bestätigt',
    doneText: 'Melden Sie sich mit dem Passwort an, das Sie gewählt haben.',
    renew: 'Zur Anmeldung: Mit dem richtigen Passwort bietet sie eine weitere E-Mail an',
  },
  reset: {
    title: 'Wählen Sie ein neues Passwort',
    lead: 'Wer in Ihrem Konto angemeldet ist, muss sich danach neu anmelden.',
    submit: 'Passwort setzen',
    done: 'Ihr neues Passwort gilt',
    doneText: 'Alle wurden abgemeldet. Melden Sie sich mit dem neuen an.',
    renew: 'Einen anderen Link anfordern',
  },
  changeEmail: {
    title: 'Bestätigen Sie Ihre neue Adresse',
    lead: 'Von da an melden Sie sich mit ihr an. Sie werden überall abgemeldet, und die alte Adresse erfährt davon.',
    submit: 'Diese Adresse verwenden',
    done: 'Ihre neue Adresse gilt',
    doneText: 'Sie wurden überall abgemeldet. Melden Sie sich mit der neuen Adresse an.',
    renew: 'Im Profil einen anderen Link anfordern',
  },
}
export default links
