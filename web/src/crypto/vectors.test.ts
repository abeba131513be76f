import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { stretch } from './argon2'
import { fromBase64url, toBase64url, type Bytes } from './base64url'
import { decrypt, encrypt } from './content'
import { readHeader, writeHeader } from './header'
import { deriveKeys } from './keys'
import { readLinkKey, secretLink } from './link'
import { padded } from './padme'

interface Note {
  name: string
  text: string
  times: number
  password: string | null
  key: string
  header: string
  stretched_password: string | null
  link_proof: string
  password_proof: string | null
  content: string | null
  content_length: number
  content_sha256: string
}

type Refused = Pick<Note, 'name' | 'password' | 'key' | 'header'> & { rule: string; content: string }

interface Link {
  link: string
  server: string
  slug: string
  key: string | null
  rule: string
}

function vectors(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../contracts/vectors/${name}`, import.meta.url), 'utf8'))
}

function bytes(text: string): Bytes {
  const found = fromBase64url(text)
  if (found === undefined) throw new Error(`not base64url: ${text}`)
  return found
}

describe('notes', () => {
  test.each(vectors('notes.json') as Note[])('$name', async (note) => {
    const header = readHeader(note.header)
    if (header === undefined) throw new Error('the header was refused')
    expect(writeHeader(header)).toBe(note.header)
    expect(header.needsPassword).toBe(note.password !== null)

    let stretched: Bytes | undefined
    const keys = await deriveKeys(bytes(note.key), header, note.password ?? '', async (password, salt) => {
      stretched = await stretch(password, salt)
      return stretched
    })
    expect(stretched === undefined ? null : toBase64url(stretched)).toBe(note.stretched_password)
    expect(keys.linkProof).toBe(note.link_proof)
    expect(keys.passwordProof ?? null).toBe(note.password_proof)

    const text = note.text.repeat(note.times)
    const content = await encrypt(text, keys.content, header)
    expect(content.length).toBe(note.content_length)
    expect(createHash('sha256').update(content).digest('base64url')).toBe(note.content_sha256)
    if (note.content !== null) expect(content).toBe(note.content)
    expect((await decrypt(content, keys.content, header)) === text).toBe(true)
  })
})

test.each(vectors('refused.json') as Refused[])('refused: $name', async (note) => {
  const header = readHeader(note.header)
  const key = readLinkKey(`#${note.key}`)
  if (header === undefined || typeof key === 'string') return
  const keys = await deriveKeys(key, header, note.password ?? '', stretch)
  expect(await decrypt(note.content, keys.content, header)).toBeUndefined()
})

test('headers are what is refused of those', () => {
  const refused = (vectors('refused.json') as Refused[]).filter(
    (note) => readHeader(note.header) === undefined,
  )
  const byHeader = (vectors('refused.json') as Refused[]).filter(
    (note) => note.rule === 'header' || (note.rule === 'encoding' && note.name.includes('header')),
  )
  expect(refused.map((note) => note.name)).toEqual(byHeader.map((note) => note.name))
})

test('every length', () => {
  for (const [length, expected] of vectors('lengths.json') as [number, number][]) {
    expect([length, padded(length)]).toEqual([length, expected])
  }
})

describe('links', () => {
  const links = vectors('links.json') as { good: Link[]; refused: Link[] }

  test.each(links.good)('$link', ({ link, server, slug, key }) => {
    const found = readLinkKey(new URL(link).hash)
    expect(typeof found === 'string' ? found : toBase64url(found)).toBe(key ?? 'none')
    if (key !== null) expect(secretLink(server, slug, key)).toBe(new URL(link).href)
  })

  // What is wrong with an address, a browser has found out before it asks for this page.
  test.each(links.refused.filter(({ rule }) => rule === 'key'))('refused: $link', ({ link }) => {
    expect(readLinkKey(link.slice(link.indexOf('#')))).toBe('broken')
  })
})
