import type { Sections } from '../../i18n/sections'

const common: Sections['common'] = {
  skip: 'Zum Inhalt',
  nav: {
    label: 'Hauptmenü',
    home: 'Onasty, Nachricht schreiben',
    sent: 'Von hier gesendet',
    dashboard: 'Meine Nachrichten',
    profile: 'Profil',
    signIn: 'Anmelden',
  },
  language: 'Sprache',
  theme: { label: 'Aussehen', system: 'Wie das System', light: 'Hell', dark: 'Dunkel' },
  footer: {
    how: 'Wie es funktioniert',
    api: 'API',
    promise: 'In Ihrem Browser verschlüsselt. Der Schlüssel verlässt ihn nur im Link.',
  },
  loading: 'Lädt …',
  failed: {
    title: 'Diese Seite ließ sich nicht laden',
    text: 'Die Verbindung ist abgerissen, oder inzwischen wurde eine neuere Version eingespielt. Was noch nicht gesendet ist, geht beim Neuladen verloren: Kopieren Sie es vorher.',
    again: 'Neu laden',
  },
  missing: {
    title: 'Hier ist nichts',
    text: 'Die Adresse ist vielleicht abgeschnitten oder vertippt. Bei einem Link zu einer Nachricht kopieren Sie ihn ganz, mit allem hinter dem Zeichen #.',
    write: 'Nachricht schreiben',
  },
  ended: {
    text: 'Ihre Sitzung ist zu Ende. Was Sie jetzt schreiben, gehört nicht zu Ihren Nachrichten.',
    signIn: 'Neu anmelden',
    goOn: 'Ohne Konto weiter',
  },
  insecure: {
    title: 'Diese Adresse ist nicht sicher genug',
    text: 'Browser verschlüsseln nur auf Seiten, die über https kommen. Diese kam über einfaches http, deshalb lässt sich hier nichts schreiben oder öffnen.',
    next: 'Öffnen Sie dieselbe Adresse mit https:// davor. Geht das nicht, muss es einrichten, wer diesen Server betreibt.',
  },
  copy: 'Kopieren',
  copied: 'Kopiert',
  copyRefused: 'Der Browser hat es nicht erlaubt. Markieren Sie den Text und kopieren Sie ihn von Hand.',
  show: 'Passwort zeigen',
  hide: 'Passwort verbergen',
  close: 'Schließen',
  cancel: 'Abbrechen',
  again: 'Noch einmal versuchen',
  againIn: (wait) => `Wieder möglich in ${wait}`,
  requestId: (id) => `Für den Betreiber des Servers: Anfrage ${id}`,
}
export default common
