import type { Sections } from '../../i18n/sections'

const manage: Sections['manage'] = {
  title: 'Ihre Nachricht',
  lead: 'Was aus ihr wird, sobald es geschieht. Was darin steht, kann Ihnen hier niemand zeigen: Nur der Link öffnet sie.',
  state: {
    unread: 'Noch nicht geöffnet',
    revealed: 'Geöffnet',
    expired: 'Ungeöffnet abgelaufen',
    deleted: 'Von Ihnen beendet',
  },
  openedPart: (taken, of) => `${taken} von ${of} Mal geöffnet`,
  openedKept: 'Geöffnet und noch da',
  openedOver: 'Geöffnet; ihre Zeit ist um',
  created: 'Geschrieben',
  expires: 'Fort',
  gone: 'fort',
  read: 'Geöffnet',
  password: 'Passwort',
  yes: 'nötig',
  no: 'keines',
  refused: 'Abgewiesene Versuche',
  refusedHint: 'Jemand hat es ohne den richtigen Link oder das Passwort versucht und nichts erfahren.',
  live: { connecting: 'Verbindet …', live: 'Aktuell', waiting: 'Unterbrochen, neuer Versuch …', over: '' },
  burn: 'Jetzt beenden',
  burnTitle: 'Diese Nachricht beenden?',
  burnText:
    'Danach kann sie niemand mehr öffnen, auch nicht mit dem Link. Das lässt sich nicht rückgängig machen.',
  burnKeep: 'Behalten',
  burned: 'Die Nachricht ist beendet.',
  unknown:
    'Diese Adresse enthält keinen gültigen Zugangscode. Öffnen Sie sie über „Von hier gesendet“ im Browser, der die Nachricht schrieb, oder kopieren Sie sie ganz.',
  list: {
    title: 'Von hier gesendet',
    lead: 'Die Nachrichten, die dieser Browser gesendet hat. Die Liste liegt nur in diesem Browser.',
    empty: 'Noch nichts. Was Sie hier schreiben, erscheint in dieser Liste.',
    write: 'Nachricht schreiben',
    keeps:
      'Was dieser Browser behält: zu jeder dieser Nachrichten den Namen, die Zeiten und einen Zugangscode, um nach ihr zu sehen; zu jeder in einem Tab geöffneten Nachricht, was es braucht, um sie noch einmal zu sehen, bis der Tab geschlossen wird; Sprache und Aussehen, die Sie gewählt haben; und Ihre Sitzung, wenn Sie angemeldet sind. Wir speichern keine Nachricht, keinen Schlüssel und kein Passwort, aber der Verlauf des Browsers behält die Links, die Sie öffnen.',
    forget: 'Vergessen',
    forgetOne: (name) => `${name} vergessen`,
    forgetAll: 'Alle vergessen',
    forgetTitle: 'Alle vergessen?',
    forgetText:
      'Die Nachrichten bleiben, bis sie gelesen sind oder ihre Zeit um ist. Von hier aus können Sie sie dann weder verfolgen noch beenden.',
    forgetOneTitle: 'Diese Nachricht vergessen?',
    forgetOneText:
      'Die Nachricht bleibt, bis sie gelesen ist oder ihre Zeit um ist. Von hier aus können Sie sie dann weder verfolgen noch beenden.',
    forgotten: 'Dieser Browser hat die Nachricht vergessen.',
    forgottenAll: 'Dieser Browser hat alle vergessen.',
    sentAt: 'gesendet',
    unknown: 'Längst fort',
    unavailable: 'Ließ sich nicht nachsehen',
  },
}
export default manage
