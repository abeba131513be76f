export default {
  loading: 'Looking at the note …',
  waiting: 'A note is waiting for you',
  once: 'It opens once. When you have opened it, it is gone for everybody else, and a minute later for you as well.',
  several: (left: string) => `It can be opened ${left} more times. Opening it now takes one of them.`,
  kept: 'It can be opened any number of times until its time is over.',
  unread: 'Written',
  gone: 'Gone',
  nothingYet: 'So far nothing was opened by your looking at this page.',
  password: 'Password',
  passwordHint:
    'Whoever sent the link has it. A wrong one does the note no harm; too many in an hour mean a wait.',
  passwordWrong: 'This is not the password. The note is still there: try again.',
  passwordEmpty: 'Enter the password.',
  passwordSent: 'This note is not encrypted in the browser: its password goes to the server to be checked.',
  plain: 'Whoever sent this note did not encrypt it in a browser. The server could read it.',
  again: 'You opened this note here',
  againText: 'The server holds it for a minute.',
  againPassword: 'Enter the password once more to see it again.',
  open: 'Open it now',
  opening: 'Opening …',
  unsure:
    'Whether it was opened is not known. If it was, you get it again within a minute, here in this tab.',
  title: 'The note',
  content: 'What it says',
  held: (until: string) =>
    `Until ${until} you can load this page again. Then the note is gone: keep what you need.`,
  heldOfSeveral: (until: string) =>
    `Until ${until} you can load this page again, and it does not count as another view. Keep what you need.`,
  over: 'The server has forgotten it. Keep what you need before you close this page.',
  stays: (until: string) => `It can be opened until ${until}.`,
  others: 'The server has forgotten your view. Others may still open theirs.',
  done: 'I have it, forget it now',
  download: 'Save as a file',
  file: 'note.txt',
  reply: 'Write a note of your own',
  readAt: (when: string) => `It was opened: ${when}.`,
  last: {
    here: 'It was opened in this tab, so that was you.',
    elsewhere:
      'You opened it in this tab, but it could be opened several times: this is when it last was. If nobody else should have read it, tell whoever sent it.',
  },
  partMissing:
    'A part of this page could not be loaded. Nothing was sent. Try again; if that does not help, load the page again.',
  unusable: {
    key_missing: [
      'The link is not complete',
      'The part behind the # sign is missing, and only that opens the note. The note is still there. Ask for the whole link, or copy it again.',
    ],
    key_broken: [
      'The link was damaged on its way',
      'The part behind the # sign is too short, too long or changed. The note is still there. Copy the whole link again.',
    ],
    not_encrypted: [
      'Something is wrong with this note',
      'The link has a key, but the server says that the note is not encrypted. Do not enter a password here. Tell whoever sent it.',
    ],
    version_unknown: [
      'This note is newer than this page',
      'It was encrypted in a way that this page does not know. The note is still there. Load the page again; if that does not help, tell whoever runs this server.',
    ],
    damaged: [
      'The note cannot be deciphered',
      'What the server has is not what was sent: it was damaged or changed. Tell whoever sent it.',
    ],
  },
}
