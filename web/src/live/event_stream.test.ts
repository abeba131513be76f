import { expect, test } from 'vitest'
import { EventStreamParser } from './event_stream'

const STREAM =
  ': heartbeat\r\n\r\nevent: snapshot\r\ndata: {"note":\r\ndata: 1}\r\n\r\nid: 7\nevent: revealed\ndata:x\n\ndata: plain\n\nevent: nothing\n\n'
const EVENTS = [
  { event: 'snapshot', data: '{"note":\n1}' },
  { event: 'revealed', data: 'x' },
  { event: 'message', data: 'plain' },
]

test.each([1, 2, 3, 7, 1000])('in pieces of %i characters', (size) => {
  const parser = new EventStreamParser()
  const pieces = STREAM.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
  expect(pieces.flatMap((piece) => parser.push(piece))).toEqual(EVENTS)
})

test('what is not whole yet is no event', () => {
  expect(new EventStreamParser().push('event: end\ndata: {}\n')).toEqual([])
})
