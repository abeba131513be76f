export default {
  signIn: 'Sign in',
  refused: {
    title: 'This link is not valid',
    used: 'It was used already, it is too old, or a newer one took its place.',
    cut: 'It is not whole. Copy all of it out of the e-mail, to its last character, or ask for another.',
  },
  verify: {
    title: 'Confirm your address',
    lead: 'Then you can sign in.',
    submit: 'Confirm',
    done: 'Your address is confirmed',
    doneText: 'Sign in with the password that you chose.',
    renew: 'To the sign-in: with the right password it offers another e-mail',
  },
  reset: {
    title: 'Choose a new password',
    lead: 'Whoever is signed in to your account will have to sign in again.',
    submit: 'Set the password',
    done: 'Your new password is set',
    doneText: 'Everybody was signed out. Sign in with the new one.',
    renew: 'Ask for another link',
  },
  changeEmail: {
    title: 'Confirm your new address',
    lead: 'From then on you sign in with it. You will be signed out everywhere, and the old address is told.',
    submit: 'Use this address',
    done: 'Your new address is in use',
    doneText: 'You were signed out everywhere. Sign in with the new address.',
    renew: 'Ask for another link in your profile',
  },
}
