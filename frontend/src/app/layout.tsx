import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { ConsoleProvider } from "@/components/console-provider";
import { Frame } from "@/components/frame";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/parts.css";
import "./styles/lists.css";

const BUILD_ID = process.env["SITE_BUILD_ID"] ?? "";

export const metadata: Metadata = {
  title: { default: "Overview · Acinaces", template: "%s · Acinaces" },
  description: "The console of the trading platform: environment, API health and lists.",
  icons: {
    icon: [
      { url: "/favicon.ico", sizes: "32x32" },
      { url: "/favicon.svg", type: "image/svg+xml" },
    ],
  },
  referrer: "no-referrer",
  robots: { index: false, follow: false },
  // A release is told by this from the one before.
  other: { "build-id": BUILD_ID },
};

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  colorScheme: "light dark",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#ffffff" },
    { media: "(prefers-color-scheme: dark)", color: "#12181f" },
  ],
};

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <ConsoleProvider>
          <Frame buildId={BUILD_ID}>{children}</Frame>
        </ConsoleProvider>
        <noscript>
          <p className="noscript">This console asks the API from your browser and needs JavaScript to do so.</p>
        </noscript>
      </body>
    </html>
  );
}
