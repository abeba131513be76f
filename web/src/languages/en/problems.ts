import type { ProblemCode } from '../../api/problem'

/** What happened, and what to do next. */
const problems: Record<ProblemCode, readonly [what: string, next: string]> = {
  // found out here
  offline: ['You are offline.', 'Nothing was sent. Try again when you are connected.'],
  unreachable: ['The server does not answer.', 'Nothing you wrote is lost here. Try again in a moment.'],
  part_missing: [
    'A part of this page could not be loaded.',
    'Nothing was sent. Try again; if that does not help, copy what you wrote and load the page again.',
  ],
  unexpected: [
    'Something answered that we do not understand.',
    'Load the page again. If that does not help, tell whoever runs this server.',
  ],
  session_ended: [
    'Your session has ended, and nothing was sent.',
    'Sign in again, or go on without an account.',
  ],
  // the request itself
  invalid_request: ['The server did not take it as it was.', 'Correct it and try again:'],
  unauthenticated: ['You are not signed in.', 'Sign in and try again.'],
  not_found: ['There is nothing at this address.', 'Check that the link is complete.'],
  method_not_allowed: ['The server does not do that here.', 'Load the page again: it may be out of date.'],
  body_too_large: ['That is more than the server takes.', 'Shorten it, or split it into several notes.'],
  body_too_slow: ['It took too long to send.', 'Try again, with a better connection if you can.'],
  unsupported_encoding: ['The server could not read it.', 'Load the page again: it may be out of date.'],
  prefetch_refused: ['A preview may not open a note.', 'Open the link yourself.'],
  too_many_requests: ['That was a lot in a short time.', 'Wait a moment and try again.'],
  // notes
  content_too_large: ['The note is too long.', 'Shorten it, or split it into several notes.'],
  slug_taken: ['This name is taken.', 'Choose another, or leave it empty for a random one.'],
  note_not_found: ['There is no such note.', 'The link may be incomplete, or the note is long gone.'],
  note_already_read: ['This note was already read.', 'If that was not you, tell whoever sent it.'],
  note_expired: ['This note has expired.', 'Ask whoever sent it for a new one.'],
  note_password_wrong: ['This is not the password.', 'Nothing is lost: the note is still there. Try again.'],
  note_proof_wrong: [
    'The link does not fit this note.',
    'Nothing is lost: the note is still there. Copy the whole link again.',
  ],
  too_many_guesses: ['Too many wrong passwords.', 'The note is still there. Wait before you try again.'],
  idempotency_key_reused: ['Another note went out under the same mark.', 'Try again.'],
  // accounts
  sign_up_closed: ['This server takes no new accounts.', 'You can write notes without one.'],
  origin_refused: [
    'The server does not know this address as its own.',
    'Open it at its proper address, or tell whoever runs it.',
  ],
  credentials_wrong: [
    'The address or the password is wrong.',
    'Check both. If you forgot the password, ask for a new one.',
  ],
  user_not_activated: [
    'Your address is not confirmed yet.',
    'Open the link in our e-mail, or ask for another.',
  ],
  link_invalid: [
    'This link is not valid any more.',
    'It was used already, or it is too old. Ask for a new one.',
  ],
  password_wrong: ['This is not your password.', 'Try again.'],
  sign_in_again: ['This needs a fresh sign-in.', 'Sign in again, then do it within ten minutes.'],
  session_invalid: ['Your session has ended.', 'Sign in again.'],
  session_not_found: ['This session has already ended.', 'There is nothing left to do.'],
  provider_unknown: ['This server does not offer that sign-in.', 'Choose another way.'],
  oauth_state_invalid: ['The sign-in took too long, or began elsewhere.', 'Begin it again in this browser.'],
  oauth_refused: ['The sign-in was refused there.', 'Begin it again, or choose another way.'],
  oauth_email_unverified: [
    'Your address is not verified there.',
    'Verify it there first, or sign in with a password.',
  ],
  oauth_identity_taken: [
    'That account signs in to another one here.',
    'Sign in with it, or unlink it there first.',
  ],
  identity_needed: ['This is your only way in.', 'Set a password or link another account first.'],
  letter_obsolete: ['This e-mail is out of date.', 'Ask for a new one.'],
  // the surroundings
  overloaded: ['The server has too much to do just now.', 'Nothing was done. Try again in a moment.'],
  unavailable: ['A part of the server is away.', 'Nothing was done. Try again in a moment.'],
  timeout: ['The server took too long.', 'It may have been done all the same. Trying again is safe.'],
  deadline_exceeded: ['The server was too slow.', 'Nothing was done. Try again in a moment.'],
  internal: ['Something failed on the server.', 'Try again. If it stays, tell whoever runs it.'],
}
export default problems
