/** Hands a text or a file to the browser to keep. */
export function save(what: string | Blob, name: string): void {
  const file = what instanceof Blob ? what : new Blob([what], { type: 'text/plain;charset=utf-8' })
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  // Not before the browser has taken it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
