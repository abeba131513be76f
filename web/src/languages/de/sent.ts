import type { Sections } from '../../i18n/sections'

const sent: Sections['sent'] = {
  title: 'Ihr Link ist fertig',
  copied: 'Er liegt schon in der Zwischenablage. Senden Sie ihn an den Menschen, der ihn lesen soll.',
  notCopied: 'Kopieren Sie ihn und senden Sie ihn an den Menschen, der ihn lesen soll.',
  link: 'Der Link',
  once: 'Er gilt einmal.',
  some: (count) => `Er gilt ${count}-mal.`,
  any: 'Er gilt, bis die Nachricht fort ist.',
  copyLink: 'Link kopieren',
  share: 'Teilen',
  qr: 'QR-Code',
  qrAlt: 'Der Link als QR-Code',
  qrFailed:
    'Der QR-Code ließ sich nicht laden. Senden Sie den Link selbst, oder versuchen Sie es wieder, sobald Sie verbunden sind.',
  qrHide: 'QR-Code verbergen',
  password: 'Das Passwort steht nicht im Link. Senden Sie es auf einem anderen Weg.',
  copyPassword: 'Passwort kopieren',
  fate: 'Was aus ihr wird',
  manage: 'Die Seite dieser Nachricht, zum Wiederkommen',
  kept: 'Dieser Browser behält den Weg zu jener Seite, nie aber die Nachricht oder ihren Schlüssel.',
  notKept:
    'Dieser Browser behält nichts. Speichern Sie die Adresse jener Seite, wenn Sie wiederkommen wollen.',
  another: 'Noch eine schreiben',
  lost: 'Der Link wurde nicht kopiert. Ohne ihn kann niemand die Nachricht öffnen.',
}
export default sent
