import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { compressed } from './scripts/compressed.js'

// Where `npm run dev` and `npm run preview` find the API.
const gateway = process.env['ONASTY_GATEWAY'] ?? 'http://127.0.0.1:8080'
const proxy = { '/api': { target: gateway, changeOrigin: false } }

export default defineConfig({
  plugins: [svelte(), compressed()],
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    // A data: URL would need an exception in the content security policy.
    assetsInlineLimit: 0,
    // Read by scripts/size.js.
    manifest: true,
    reportCompressedSize: false,
  },
  worker: {
    format: 'es',
    rolldownOptions: { output: { entryFileNames: 'assets/[name]-[hash].js' } },
  },
  server: { proxy },
  preview: { proxy },
  test: { include: ['src/**/*.test.ts'] },
})
