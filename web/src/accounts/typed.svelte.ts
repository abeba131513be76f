/** The address that was typed last: who forgot a password need not type it again. In memory alone. */
export const typed = $state({ email: '' })
