/** One event of a stream, as the HTML standard's "server-sent events" has them. */
export interface StreamEvent {
  event: string
  data: string
}

/** Takes a stream apart, however it was cut on its way. Comments, ids and unknown fields are left out. */
export class EventStreamParser {
  #rest = ''
  #event = ''
  #data: string[] = []

  /** The events that are whole with this piece. */
  push(piece: string): StreamEvent[] {
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/)
    this.#rest = lines.pop() ?? ''
    return lines.flatMap((line) => this.#line(line) ?? [])
  }

  #line(line: string): StreamEvent | undefined {
    if (line === '') return this.#end()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') this.#event = value
    if (field === 'data') this.#data.push(value)
    return undefined
  }

  #end(): StreamEvent | undefined {
    const whole =
      this.#data.length === 0 ? undefined : { event: this.#event || 'message', data: this.#data.join('\n') }
    this.#event = ''
    this.#data = []
    return whole
  }
}
