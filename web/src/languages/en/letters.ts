export default {
  incomplete: 'The link is not complete. Open the one in your letter again.',
  goOn: 'Go on',
  verify: {
    title: 'Confirm your address',
    text: 'Your account is ready once you confirm that this address is yours.',
    button: 'Confirm the address',
    done: 'Your address is confirmed. You can sign in now.',
  },
  reset: {
    title: 'Set a new password',
    text: 'It replaces the old one, and ends all sessions.',
    button: 'Set the password',
    done: 'Your password is set. You can sign in now.',
  },
  changeEmail: {
    title: 'Confirm your new address',
    text: 'Your account will have this address from then on.',
    button: 'Confirm the new address',
    done: 'Your new address is confirmed.',
  },
  newPassword: 'The new password',
  newPasswordHint: 'At least 8 characters.',
}
