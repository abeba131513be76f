import type { Sections } from '../../i18n/sections'

const guide: Sections['guide'] = {
  title: 'Wie es funktioniert',
  lead: 'Was mit einer Nachricht geschieht, wer sie lesen könnte und wo der Schutz endet.',
  parts: [
    [
      'Geschrieben',
      [
        'Ihr Browser macht einen zufälligen Schlüssel und verschlüsselt damit, was Sie schreiben. Das Verschlüsselte geht an den Server; der Schlüssel bleibt im Link, hinter dem Zeichen #. Diesen Teil einer Adresse senden Browser niemandem.',
        'Mit einem Passwort braucht es beides: den Link und das Passwort. Der Server hat keines von beiden.',
      ],
    ],
    [
      'Geöffnet',
      [
        'Wer den Link öffnet, sieht zuerst, dass eine Nachricht wartet, und hat damit noch nichts geöffnet. Vorschauen in Chats und Prüfer von E-Mails bleiben hier stehen: Sie haben den Schlüssel nicht.',
        'Auf Knopfdruck gibt der Server die Nachricht an diesen einen Browser, einmal. Drücken zwei im selben Augenblick, bekommen sie nicht beide. Wer später kommt, erfährt, dass und wann sie gelesen wurde; so merkt der Empfänger, wenn ein anderer zuerst da war.',
        'Eine Minute lang bekommt derselbe Tab sie noch einmal, denn Verbindungen reißen ab und Seiten werden versehentlich neu geladen. Dann wird sie gelöscht.',
      ],
    ],
    [
      'Fort',
      [
        'Eine Nachricht, die niemand öffnet, wird gelöscht, wenn ihre Zeit um ist. 30 Tage lang bleibt, dass es sie gab und was aus ihr wurde. Der Absender sieht das und kann sie jederzeit beenden.',
      ],
    ],
    [
      'Wo der Schutz endet',
      [
        'Wer den ganzen Link hat, kann die Nachricht öffnen. Senden Sie ihn auf einem Weg, dem Sie trauen, und das Passwort auf einem anderen.',
        'Wer diese Seite ausliefert, könnte eine andere ausliefern, die nicht so verschlüsselt. Die Verschlüsselung schützt vor allen, die Daten, Sicherungen und Protokolle des Servers lesen, nicht aber vor einem Betreiber, der betrügen will. Die Kommandozeile hat diese Schwäche nicht: Sie wird einmal installiert.',
        'Der Server sieht, wann eine Nachricht geschrieben und geöffnet wird, wie lang sie ungefähr ist (sie wird aufgefüllt), und von welchen Netzadressen.',
        'Wer eine Nachricht liest, kann sie kopieren. Und was in Ihrem Browser oder Gerät steckt (eine Erweiterung etwa oder eine fremde Tastatur), kann mitlesen.',
      ],
    ],
    [
      'Was in diesem Browser liegt',
      [
        'Zu jeder gesendeten Nachricht der Name und ein Merkmal, um nach ihr zu sehen, bis Sie es vergessen. Sprache und Aussehen, wenn Sie sie gewählt haben. Ob Sie angemeldet sind. Sonst nichts, keine Zählung, nichts von anderswo. Nie eine Nachricht, ein Schlüssel oder ein Passwort.',
      ],
    ],
  ],
  list: 'Diese Liste ansehen und vergessen',
}
export default guide
