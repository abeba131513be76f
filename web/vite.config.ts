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
const FIRST =
  /node_modules[\\/](svelte|esm-env|clsx)[\\/]|src[\\/](main|App|router|i18n|layout[\\/](Header|Footer|.*Choice)|storage|theme|session[\\/]session|api[\\/]problem|pages[\\/]index|writing[\\/](Writing|Summary|draft|length|checks|lifetime)|components[\\/](Button|Heading|Icon|Spinner|Loaded|announcer))/

// Whoever goes on from there needs most of these together; each file more costs its name in the first one.
const PARTS = /src[\\/](components|api[\\/]client|session[\\/]authorized|live)[\\/.]/
const ACCOUNTS =
  /src[\\/](accounts|dashboard|profile|pages[\\/](auth|dashboard|profile|verify|reset|change-email))[\\/.]/

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
            { name: 'first', test: FIRST },
            { name: 'parts', test: PARTS },
            { name: 'accounts', test: ACCOUNTS },
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
