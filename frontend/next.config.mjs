import { sourceDigest } from "./scripts/source-digest.mjs";

// The build is named after what went into it, so the same sources always give the same files.
const buildId = sourceDigest(import.meta.dirname);

/** @type {import("next").NextConfig} */
export default {
  output: "export",
  generateBuildId: () => buildId,
  // Read by the layout while it is exported: every page says which build it is.
  env: { SITE_BUILD_ID: buildId },
  // A page names every file it needs, so a deleted prefetch bundle cannot break it.
  productionBrowserSourceMaps: false,
  poweredByHeader: false,
  agentRules: false,
  // What is released is checked here; tests and tools by `npm run typecheck`.
  typescript: { tsconfigPath: "tsconfig.build.json" },
  turbopack: { root: import.meta.dirname },
  experimental: { turbopackFileSystemCacheForBuild: false },
};
