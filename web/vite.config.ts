import { svelte } from '@sveltejs/vite-plugin-svelte'
import type { ProxyOptions } from 'vite'
import { defineConfig } from 'vitest/config'
import { compressed } from './scripts/compressed.js'

// Where `npm run dev` and `npm run preview` find the API.
const gateway = process.env['ONASTY_GATEWAY'] ?? 'http://127.0.0.1:8080'
const proxy: Record<string, ProxyOptions> = {
  '/api': {
    target: gateway,
    // Cookie sessions are for pages of the gateway's origin alone, and these stand in for them.
    configure: (server) => {
      server.on('proxyReq', (request) => {
        if (request.hasHeader('origin')) request.setHeader('origin', gateway)
      })
    },
  },
}

// What every first visit loads comes as one file: small ones compress badly.
const FIRST = [
  'node_modules/svelte',
  'node_modules/esm-env',
  'node_modules/clsx',
  'src/main',
  'src/App',
  'src/router',
  'src/i18n/moment',
  'src/i18n/language',
  'src/storage',
  'src/theme',
  'src/layout/Header',
  'src/layout/Footer',
  'src/layout/LanguageChoice',
  'src/layout/ThemeChoice',
  'src/session/session',
  'src/api/problem',
  'src/pages/index',
  'src/writing/Writing',
  'src/writing/Summary',
  'src/writing/draft',
  'src/writing/length',
  'src/writing/checks',
  'src/writing/lifetime',
  'src/components/Button',
  'src/components/Heading',
  'src/components/Icon',
  'src/components/Spinner',
  'src/components/Loaded',
  'src/components/announcer',
  'src/components/clipboard',
]

// Whoever goes on from there needs most of these together; each file more costs its name in the first one.
const PARTS = [
  'src/components',
  'src/i18n',
  'src/api/client',
  'src/session/authorized',
  'src/live',
  'src/reading/save',
]

const ACCOUNTS = [
  'src/accounts',
  'src/dashboard',
  'src/profile',
  'src/pages/auth',
  'src/pages/dashboard',
  'src/pages/profile',
  'src/pages/verify',
  'src/pages/reset',
  'src/pages/change-email',
]

// What a sender sees of a note, on three pages. Not its QR code, which is asked for.
const SENT = ['src/sent', 'src/pages/manage', 'src/pages/notes']

/** Whether a module is one of these files, named without their endings, or lies in one of these folders. */
const among =
  (names: readonly string[]) =>
  (id: string): boolean => {
    const path = id.replaceAll('\\', '/')
    return names.some((name) => path.includes(`/${name}/`) || path.includes(`/${name}.`))
  }

export default defineConfig({
  plugins: [svelte(), compressed()],
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    // A data: URL would need an exception in the content security policy.
    assetsInlineLimit: 0,
    // Read by scripts/size.js.
    manifest: true,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'first', test: among(FIRST) },
            { name: 'parts', test: among(PARTS) },
            { name: 'sent', test: among(SENT) },
            { name: 'accounts', test: among(ACCOUNTS) },
          ],
        },
      },
    },
    reportCompressedSize: false,
  },
  worker: {
    format: 'es',
    rolldownOptions: { output: { entryFileNames: 'assets/[name]-[hash].js' } },
  },
  server: { proxy },
  preview: { proxy },
  // Argon2 with 64 MiB, several at once, takes its time on a small machine.
  test: { include: ['src/**/*.test.ts'], testTimeout: 60_000 },
})
