import type { Sections } from '../../i18n/sections'

const letters: Sections['letters'] = {
  incomplete: 'Der Link ist nicht vollständig. Öffnen Sie den in Ihrem Brief noch einmal.',
  goOn: 'Weiter',
  verify: {
    title: 'Adresse bestätigen',
    text: 'Ihr Konto ist bereit, sobald Sie bestätigen, dass diese Adresse Ihre ist.',
    button: 'Adresse bestätigen',
    done: 'Ihre Adresse ist bestätigt. Sie können sich jetzt anmelden.',
  },
  reset: {
    title: 'Neues Passwort setzen',
    text: 'Es ersetzt das alte und beendet alle Sitzungen.',
    button: 'Passwort setzen',
    done: 'Ihr Passwort ist gesetzt. Sie können sich jetzt anmelden.',
  },
  changeEmail: {
    title: 'Neue Adresse bestätigen',
    text: 'Ihr Konto hat danach diese Adresse.',
    button: 'Neue Adresse bestätigen',
    done: 'Ihre neue Adresse ist bestätigt.',
  },
  newPassword: 'Das neue Passwort',
  newPasswordHint: 'Mindestens 8 Zeichen.',
}
export default letters
