// 32 bytes as unpadded base64url.
const TOKEN = /^#([A-Za-z0-9_-]{43})$/

/** The token of a letter's link; undefined when the link was cut off on its way. */
export const linkToken = (fragment: string): string | undefined => TOKEN.exec(fragment)?.[1]

/** It was used: neither the address nor a look back shows it any more. */
export const forgetLinkToken = (): void => history.replaceState(null, '', location.pathname)
