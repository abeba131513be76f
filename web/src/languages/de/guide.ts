import type { Sections } from '../../i18n/sections'

const guide: Sections['guide'] = {
  title: 'Wie es funktioniert',
  lead: 'Was mit einer Nachricht geschieht, wer sie lesen könnte und wo der Schutz endet.',
  parts: [
    [
      'Geschrieben',
      [
        'Ihr Browser macht einen zufälligen Schlüssel und verschlüsselt damit, was Sie schreiben. Das Verschlüsselte geht an den Server; der Schlüssel bleibt im Link, hinter dem Zeichen #. Diesen Teil einer Adresse senden Browser niemandem.',
        'Mit einem Passwort braucht es beides: den Link und das Passwort. Von einer Nachricht, die hier geschrieben wurde, hat der Server keines von beiden. Ein Programm kann eine Nachricht auch unverschlüsselt senden: Die könnte der Server lesen, und ihre Seite sagt es, bevor Sie sie öffnen.',
      ],
    ],
    [
      'Geöffnet',
      [
        'Wer den Link öffnet, sieht zuerst, dass eine Nachricht wartet, und hat damit noch nichts geöffnet. Vorschauen in Chats und Virenscanner von E-Mails bleiben hier stehen: Die meisten sehen den Schlüssel nie, und keiner drückt auf den Knopf.',
        'Auf Knopfdruck gibt der Server die Nachricht an diesen einen Browser, einmal, wenn der Absender nicht mehr erlaubt hat. Drücken zwei im selben Augenblick, teilen sie sich nie ein Öffnen. Wer nach dem letzten Öffnen kommt, erfährt, dass und wann sie gelesen wurde; so merkt der Empfänger, wenn ein anderer zuerst da war.',
        'Eine Minute lang bekommt derselbe Tab sie noch einmal, denn Verbindungen reißen ab und Seiten werden versehentlich neu geladen. Dann ist dieses Öffnen vorbei, oder sobald der Leser sagt: „Ich habe sie“. Nach dem letzten wird die Nachricht gelöscht, es sei denn, sie soll bleiben, bis ihre Zeit um ist.',
      ],
    ],
    [
      'Fort',
      [
        'Eine Nachricht, die niemand öffnet, wird gelöscht, wenn ihre Zeit um ist. Dass es sie gab und was aus ihr wurde, bleibt noch eine Weile: 30 Tage, wenn der Betreiber des Servers nichts anderes gewählt hat. Der Absender sieht das und kann sie jederzeit beenden.',
      ],
    ],
    [
      'Wo der Schutz endet',
      [
        'Wer den ganzen Link hat, kann die Nachricht öffnen. Senden Sie ihn auf einem Weg, dem Sie trauen, und das Passwort auf einem anderen.',
        'Wer diese Seite ausliefert, könnte eine andere ausliefern, die nicht so verschlüsselt. Die Verschlüsselung schützt vor allen, die Daten, Sicherungen und Protokolle des Servers lesen, nicht aber vor einem Betreiber, der betrügen will. Die Kommandozeile hat diese Schwäche nicht: Sie wird einmal installiert.',
        'Der Server sieht, wann eine Nachricht geschrieben und geöffnet wird, wie lang sie ungefähr ist (sie wird aufgefüllt), und von welchen Netzadressen.',
        'Wer eine Nachricht liest, kann sie kopieren. Und was in Ihrem Browser oder Gerät steckt (eine Erweiterung etwa oder eine Tastatur-App), kann mitlesen.',
      ],
    ],
    [
      'Was in diesem Browser liegt',
      [
        'Zu jeder gesendeten Nachricht der Name, die Zeiten und ein Zugangscode, um nach ihr zu sehen, bis Sie sie hier vergessen lassen. Sprache und Aussehen, wenn Sie sie gewählt haben. Ob Sie angemeldet sind, und ein Cookie, mit dem Sie es bleiben.',
        'Zu jeder geöffneten Nachricht, bis Sie sagen, dass Sie sie haben, oder den Tab schließen: der Name, was ihre Seite vorher von ihr sagte und ein Code, um sie in jener Minute noch einmal zu bekommen.',
        'Keine Statistik, nichts von anderswo. Wir speichern keine Nachricht, keinen Schlüssel und kein Passwort. Der Verlauf Ihres Browsers aber behält jeden Link, den Sie öffnen, mit dem Schlüssel, und überträgt ihn vielleicht auf Ihre anderen Geräte. Ist eine Nachricht vorbei, nimmt ihre Seite den Schlüssel aus der Adresse; was ein Verlauf vorher aufgenommen hat, können nur Sie löschen.',
      ],
    ],
  ],
  list: 'Diese Liste ansehen und vergessen',
}
export default guide
