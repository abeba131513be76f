import type { Sections } from '../../i18n/sections'

const problems: Sections['problems'] = {
  offline: [
    'Sie sind offline.',
    'Es wurde nichts gesendet. Versuchen Sie es wieder, sobald Sie verbunden sind.',
  ],
  unreachable: [
    'Der Server antwortet nicht.',
    'Was Sie geschrieben haben, ist hier noch da. Versuchen Sie es gleich noch einmal.',
  ],
  part_missing: [
    'Ein Teil dieser Seite ließ sich nicht laden.',
    'Es wurde nichts gesendet. Versuchen Sie es noch einmal; hilft das nicht, kopieren Sie, was Sie geschrieben haben, und laden Sie die Seite neu.',
  ],
  unexpected: [
    'Es kam eine Antwort, die wir nicht verstehen.',
    'Laden Sie die Seite neu. Hilft das nicht, wenden Sie sich an den Betreiber des Servers.',
  ],
  session_ended: [
    'Ihre Sitzung ist zu Ende; es wurde nichts gesendet.',
    'Melden Sie sich neu an, oder machen Sie ohne Konto weiter.',
  ],
  invalid_request: ['So hat es der Server nicht angenommen.', 'Bitte berichtigen:'],
  unauthenticated: ['Sie sind nicht angemeldet.', 'Melden Sie sich an und versuchen Sie es noch einmal.'],
  not_found: ['Unter dieser Adresse ist nichts.', 'Prüfen Sie, ob der Link vollständig ist.'],
  method_not_allowed: [
    'Das tut der Server hier nicht.',
    'Laden Sie die Seite neu; sie ist vielleicht veraltet.',
  ],
  body_too_large: ['Das ist mehr, als der Server annimmt.', 'Kürzen Sie es, oder teilen Sie es auf.'],
  body_too_slow: [
    'Das Senden hat zu lange gedauert.',
    'Versuchen Sie es noch einmal, möglichst mit besserer Verbindung.',
  ],
  unsupported_encoding: [
    'Der Server konnte es nicht lesen.',
    'Laden Sie die Seite neu; sie ist vielleicht veraltet.',
  ],
  prefetch_refused: ['Eine Vorschau darf keine Nachricht öffnen.', 'Öffnen Sie den Link selbst.'],
  too_many_requests: ['Das war viel in kurzer Zeit.', 'Warten Sie einen Augenblick.'],
  content_too_large: ['Die Nachricht ist zu lang.', 'Kürzen Sie sie, oder teilen Sie sie auf.'],
  slug_taken: ['Dieser Name ist vergeben.', 'Wählen Sie einen anderen, oder lassen Sie das Feld leer.'],
  note_not_found: [
    'Diese Nachricht gibt es nicht.',
    'Der Link ist vielleicht unvollständig, oder sie ist längst fort.',
  ],
  note_already_read: [
    'Diese Nachricht wurde schon gelesen.',
    'Waren Sie das nicht, sagen Sie es dem Absender.',
  ],
  note_expired: ['Diese Nachricht ist abgelaufen.', 'Bitten Sie den Absender um eine neue.'],
  note_password_wrong: [
    'Das ist nicht das Passwort.',
    'Nichts ist verloren: Die Nachricht ist noch da. Versuchen Sie es noch einmal.',
  ],
  note_proof_wrong: [
    'Der Link passt nicht zu dieser Nachricht.',
    'Nichts ist verloren: Die Nachricht ist noch da. Kopieren Sie den ganzen Link noch einmal.',
  ],
  too_many_guesses: [
    'Zu viele falsche Passwörter.',
    'Die Nachricht ist noch da. Warten Sie, bevor Sie es wieder versuchen.',
  ],
  idempotency_key_reused: [
    'Unter derselben Kennung ging eine andere Nachricht hinaus.',
    'Versuchen Sie es noch einmal.',
  ],
  sign_up_closed: ['Dieser Server nimmt keine neuen Konten an.', 'Nachrichten schreiben Sie auch ohne.'],
  origin_refused: [
    'Der Server kennt diese Adresse nicht als seine.',
    'Öffnen Sie ihn unter der richtigen, oder sagen Sie es dem Betreiber.',
  ],
  credentials_wrong: [
    'Adresse oder Passwort ist falsch.',
    'Prüfen Sie beides. Ein vergessenes Passwort können Sie ersetzen.',
  ],
  user_not_activated: [
    'Ihre Adresse ist noch nicht bestätigt.',
    'Öffnen Sie den Link in unserer E-Mail, oder fordern Sie einen neuen an.',
  ],
  link_invalid: [
    'Dieser Link gilt nicht mehr.',
    'Er wurde benutzt oder ist zu alt. Fordern Sie einen neuen an.',
  ],
  password_wrong: ['Das ist nicht Ihr Passwort.', 'Versuchen Sie es noch einmal.'],
  sign_in_again: [
    'Dafür müssen Sie frisch angemeldet sein.',
    'Melden Sie sich neu an und tun Sie es binnen zehn Minuten.',
  ],
  session_invalid: ['Ihre Sitzung ist zu Ende.', 'Melden Sie sich neu an.'],
  session_not_found: ['Diese Sitzung ist schon zu Ende.', 'Es ist nichts mehr zu tun.'],
  provider_unknown: ['Diese Anmeldung bietet der Server nicht an.', 'Wählen Sie eine andere.'],
  oauth_state_invalid: [
    'Die Anmeldung dauerte zu lange oder begann woanders.',
    'Beginnen Sie sie in diesem Browser neu.',
  ],
  oauth_refused: ['Die Anmeldung wurde dort abgelehnt.', 'Beginnen Sie neu, oder wählen Sie eine andere.'],
  oauth_email_unverified: [
    'Ihre Adresse ist dort nicht bestätigt.',
    'Bestätigen Sie sie dort, oder melden Sie sich mit Passwort an.',
  ],
  oauth_identity_taken: [
    'Jenes Konto gehört hier schon zu einem anderen.',
    'Melden Sie sich damit an, oder lösen Sie es zuerst dort.',
  ],
  identity_needed: [
    'Das ist Ihr einziger Zugang.',
    'Setzen Sie zuerst ein Passwort, oder verbinden Sie ein anderes Konto.',
  ],
  letter_obsolete: ['Diese E-Mail ist überholt.', 'Fordern Sie eine neue an.'],
  overloaded: [
    'Der Server hat gerade zu viel zu tun.',
    'Es ist nichts geschehen. Versuchen Sie es gleich noch einmal.',
  ],
  unavailable: [
    'Ein Teil des Servers ist nicht da.',
    'Es ist nichts geschehen. Versuchen Sie es gleich noch einmal.',
  ],
  timeout: [
    'Der Server hat zu lange gebraucht.',
    'Vielleicht ist es doch geschehen. Ein neuer Versuch schadet nicht.',
  ],
  deadline_exceeded: [
    'Der Server war zu langsam.',
    'Es ist nichts geschehen. Versuchen Sie es gleich noch einmal.',
  ],
  internal: [
    'Auf dem Server ist etwas schiefgegangen.',
    'Versuchen Sie es noch einmal. Bleibt es dabei, sagen Sie es dem Betreiber.',
  ],
}
export default problems
