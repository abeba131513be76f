import type { Sections } from '../../i18n/sections'

const options: Sections['options'] = {
  password: 'Passwort',
  passwordHint: 'Wird zusätzlich zum Link verlangt. Senden Sie es auf einem anderen Weg als den Link.',
  generate: 'Vorschlagen',
  ends: 'Bleibt höchstens',
  endsHint: 'Danach ist sie fort, gelesen oder nicht. Länger als ein Jahr geht nicht.',
  until: 'bis zu einer bestimmten Zeit …',
  untilLabel: 'Fort am',
  untilHint: 'In Ihrer eigenen Zeitzone.',
  untilWrong: 'Wählen Sie eine Zeit, die noch kommt.',
  untilFar: 'Das ist zu lange hin. Wählen Sie eine Zeit innerhalb eines Jahres.',
  views: 'Lässt sich öffnen',
  viewsOnce: 'einmal',
  viewsSome: 'mehrmals …',
  viewsAny: 'bis dahin beliebig oft',
  count: 'Wie oft',
  countHint: 'Von 2 bis 100. Jedes Mal zählt, auch Ihres.',
  countWrong: 'Eine ganze Zahl von 2 bis 100.',
  slug: 'Name im Link',
  slugHint:
    'Leer: ein zufälliger. Wer den Namen errät, sieht, dass es eine Nachricht gibt, nicht aber, was darin steht.',
  slugWrong: 'Mindestens 3 Buchstaben, Ziffern, - oder _, und weder „read“ noch „unread“.',
  notify: 'E-Mail an mich, wenn sie geöffnet wird',
  wrong: 'Eine der Optionen stimmt noch nicht.',
  notifyHint: 'An die Adresse Ihres Kontos.',
}
export default options
