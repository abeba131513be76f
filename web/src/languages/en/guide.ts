export default {
  title: 'How it works',
  lead: 'What happens to a note, who could read it, and where the protection ends.',
  parts: [
    [
      'Written',
      [
        'Your browser makes a random key and encrypts what you wrote with it. The encrypted note goes to the server; the key stays in the link, behind the # sign. Browsers send that part of an address to nobody.',
        'With a password, both are needed: the link and the password. The server has neither.',
      ],
    ],
    [
      'Opened',
      [
        'Whoever opens the link sees first that a note is waiting, and has opened nothing by that. Previews of chats and scanners of mail stop here: they do not have the key.',
        'When they press the button, the server gives the note out to that one browser, once. Two who press at the same moment do not both get it. Who comes later is told that it was read, and when; so does whoever should have read it, if somebody else was first.',
        'For a minute the same tab gets the note again, because connections break and pages are loaded again by mistake. Then it is erased.',
      ],
    ],
    [
      'Gone',
      [
        'A note that nobody opens is erased when its time is over. What stays for 30 days is that there was one, and what became of it. Its sender can see that, and end it at any time.',
      ],
    ],
    [
      'Where the protection ends',
      [
        'Whoever has the whole link can open the note. Send it on a way that you trust, and the password on another.',
        'Whoever serves this page could serve another one, which does not encrypt as this one does. The encryption protects you from those who read the server’s data, its backups and its logs, and not from an operator who sets out to cheat you. The command line does not have that weakness: it is installed once.',
        'The server sees when a note was written and opened, how long it is (roughly: it is padded), and from which network addresses.',
        'Whoever reads a note can copy it. And what sits in your browser or on your device (an extension, say, or a stranger’s keyboard) can read along.',
      ],
    ],
    [
      'What lies in this browser',
      [
        'For each note that you sent: its name and a token to look after it, until you forget it. The language and the appearance, if you chose them. Whether you are signed in. Nothing else, no counting, nothing from elsewhere. Never a note, a key or a password.',
      ],
    ],
  ] as readonly (readonly [heading: string, paragraphs: readonly string[]])[],
  list: 'See and forget that list',
}
