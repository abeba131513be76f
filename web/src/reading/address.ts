/** Takes the key out of the address, and so out of what the browser remembers of this page. For a note that is over. */
export function dropKey(): void {
  // Somebody may be on the way to another page, whose fragment is its own.
  if (!location.pathname.startsWith('/secret/')) return
  history.replaceState(history.state, '', location.pathname + location.search)
}
