import type { Sections } from '../../i18n/sections'

const read: Sections['read'] = {
  loading: 'Sieht nach der Nachricht …',
  waiting: 'Eine Nachricht wartet auf Sie',
  once: 'Sie lässt sich einmal öffnen. Haben Sie sie geöffnet, ist sie für alle anderen fort, und eine Minute später auch für Sie.',
  several: (left) => `Sie lässt sich noch ${left}-mal öffnen. Eines davon nehmen Sie jetzt.`,
  kept: 'Sie lässt sich beliebig oft öffnen, bis ihre Zeit um ist.',
  unread: 'Geschrieben',
  gone: 'Fort',
  nothingYet: 'Dass Sie diese Seite ansehen, hat noch nichts geöffnet.',
  password: 'Passwort',
  passwordHint:
    'Sie haben es vom Absender. Ein falsches schadet der Nachricht nicht; nach zu vielen in einer Stunde müssen Sie warten.',
  passwordWrong: 'Das ist nicht das Passwort. Die Nachricht ist noch da: Versuchen Sie es noch einmal.',
  passwordEmpty: 'Geben Sie das Passwort ein.',
  passwordSent:
    'Diese Nachricht ist nicht im Browser verschlüsselt: Ihr Passwort geht zur Prüfung an den Server.',
  plain: 'Der Absender hat diese Nachricht nicht im Browser verschlüsselt. Der Server könnte sie lesen.',
  again: 'Sie haben diese Nachricht hier geöffnet',
  againText: 'Der Server hält sie eine Minute lang.',
  againPassword: 'Geben Sie das Passwort noch einmal ein, um sie wieder zu sehen.',
  open: 'Jetzt öffnen',
  opening: 'Wird geöffnet …',
  unsure:
    'Ob sie geöffnet wurde, ist nicht bekannt. Wenn ja, bekommen Sie sie binnen einer Minute noch einmal, hier in diesem Tab.',
  title: 'Die Nachricht',
  content: 'Was darin steht',
  held: (until) =>
    `Bis ${until} können Sie diese Seite neu laden. Dann ist die Nachricht fort: Sichern Sie, was Sie brauchen.`,
  heldOfSeveral: (until) =>
    `Bis ${until} können Sie diese Seite neu laden, und es zählt nicht noch einmal. Sichern Sie, was Sie brauchen.`,
  over: 'Der Server hat sie vergessen. Sichern Sie, was Sie brauchen, bevor Sie diese Seite schließen.',
  stays: (until) => `Sie lässt sich bis ${until} öffnen.`,
  others: 'Der Server hat Ihr Öffnen vergessen. Andere können sie vielleicht noch öffnen.',
  done: 'Ich habe sie, jetzt vergessen',
  download: 'Als Datei sichern',
  file: 'nachricht.txt',
  reply: 'Selbst eine Nachricht schreiben',
  readAt: (when) => `Sie wurde geöffnet: ${when}.`,
  last: {
    here: 'Sie wurde in diesem Tab geöffnet; das waren also Sie.',
    elsewhere:
      'Sie haben sie in diesem Tab geöffnet, doch sie ließ sich mehrmals öffnen: Dies war das letzte Mal. Sollte sonst niemand sie lesen, sagen Sie es dem Absender.',
  },
  partMissing:
    'Ein Teil dieser Seite ließ sich nicht laden. Es wurde nichts gesendet. Versuchen Sie es noch einmal; hilft das nicht, laden Sie die Seite neu.',
  unusable: {
    key_missing: [
      'Der Link ist nicht vollständig',
      'Der Teil hinter dem Zeichen # fehlt, und nur er öffnet die Nachricht. Sie ist noch da. Bitten Sie um den ganzen Link, oder kopieren Sie ihn noch einmal.',
    ],
    key_broken: [
      'Der Link wurde unterwegs beschädigt',
      'Der Teil hinter dem Zeichen # ist zu kurz, zu lang oder verändert. Die Nachricht ist noch da. Kopieren Sie den ganzen Link noch einmal.',
    ],
    not_encrypted: [
      'Mit dieser Nachricht stimmt etwas nicht',
      'Der Link hat einen Schlüssel, aber der Server sagt, sie sei nicht verschlüsselt. Geben Sie hier kein Passwort ein. Sagen Sie es dem Absender.',
    ],
    version_unknown: [
      'Diese Nachricht ist neuer als diese Seite',
      'Sie wurde auf eine Art verschlüsselt, die diese Seite nicht kennt. Sie ist noch da. Laden Sie die Seite neu; hilft das nicht, sagen Sie es dem Betreiber.',
    ],
    damaged: [
      'Die Nachricht lässt sich nicht entziffern',
      'Was der Server hat, ist nicht, was gesendet wurde: Es wurde beschädigt oder verändert. Sagen Sie es dem Absender.',
    ],
  },
}
export default read
