export default {
  title: 'How it works',
  lead: 'What happens to a note, who could read it, and where the protection ends.',
  parts: [
    [
      'Written',
      [
        'Your browser makes a random key and encrypts what you wrote with it. The encrypted note goes to the server; the key stays in the link, behind the # sign. Browsers send that part of an address to nobody.',
        'With a password, both are needed: the link and the password. Of a note written here, the server has neither. A program may send a note without encrypting it: the server could read that one, and its page says so before you open it.',
      ],
    ],
    [
      'Opened',
      [
        'Whoever opens the link sees first that a note is waiting, and has opened nothing by that. Previews of chats and scanners of e-mail stop here: most never see the key, and none presses the button.',
        'When they press the button, the server gives the note out to that one browser, once, unless its sender allowed more. Two who press at the same moment never share one view. Who comes after the last one is told that it was read, and when; so does whoever should have read it, if somebody else was first.',
        'For a minute the same tab gets the note again, because connections break and pages are loaded again by mistake. Then that view is over, or as soon as the reader says “I have it”. After the last one the note is erased, unless its sender wanted it to stay until its time is over.',
      ],
    ],
    [
      'Gone',
      [
        'A note that nobody opens is erased when its time is over. That there was one, and what became of it, stays for a while longer: 30 days, unless whoever runs this server chose another time. Its sender can see that, and end it at any time.',
      ],
    ],
    [
      'Where the protection ends',
      [
        'Whoever has the whole link can open the note. Send it on a way that you trust, and the password on another.',
        'Whoever serves this page could serve another one, which does not encrypt as this one does. The encryption protects you from those who read the server’s data, its backups and its logs, and not from an operator who sets out to cheat you. The command line does not have that weakness: it is installed once.',
        'The server sees when a note was written and opened, how long it is (roughly: it is padded), and from which network addresses.',
        'Whoever reads a note can copy it. And what sits in your browser or on your device (an extension, say, or a keyboard app) can read along.',
      ],
    ],
    [
      'What lies in this browser',
      [
        'For each note that you sent: its name, its times and an access code to look after it, until you forget it. The language and the appearance, if you chose them. Whether you are signed in, and a cookie that keeps you so.',
        'For each note that you opened, until you say that you have it or close the tab: its name, what its page said of it before, and a code to get it again for that minute.',
        'No statistics, nothing from elsewhere. We store no note, no key and no password. But your browser’s history keeps every link that you open, with its key, and may carry it to your other devices. When a note is over, its page takes the key out of its address; what a history took down before, only you can delete.',
      ],
    ],
  ] as readonly (readonly [heading: string, paragraphs: readonly string[]])[],
  list: 'See and forget that list',
}
