import { generate } from 'lean-qr'
import { toSvgDataURL } from 'lean-qr/extras/svg'

/** A picture of a text, as an address for an image: dark on white in every theme, as scanners want it. */
export const qrCode = (text: string): string =>
  toSvgDataURL(generate(text), { on: '#111', off: '#fff', padX: 4, padY: 4 })
