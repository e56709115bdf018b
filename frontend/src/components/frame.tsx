"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { useConsole } from "@/components/console-provider";
import { ProblemNotice } from "@/components/notice";

const PAGES = [
  { href: "/", title: "Overview" },
  { href: "/lists", title: "Lists" },
  { href: "/about", title: "About" },
] as const;

/** What every page has: name, environment, navigation, and the word when there is no configuration. */
export function Frame({ buildId, children }: { buildId: string; children: ReactNode }) {
  const { config } = useConsole();
  const pathname = usePathname();
  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header className="top">
        <div className="top-inner">
          <Link href="/" className="brand">
            <Mark />
            Acinaces
          </Link>
          <nav aria-label="Pages">
            {PAGES.map(({ href, title }) => (
              <Link key={href} href={href} aria-current={pathname === href ? "page" : undefined}>
                {title}
              </Link>
            ))}
          </nav>
          {config.value && <EnvironmentBadge name={config.value.environment} />}
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {config.problem && <ProblemNotice problem={config.problem} environment={undefined} onRetry={config.reload} />}
        {children}
      </main>
      <footer className="foot">
        <span>
          Build <code>{buildId}</code>
        </span>
      </footer>
    </>
  );
}

/** Production is filled, everything else is outlined: the difference has to be seen before a click. */
export function EnvironmentBadge({ name }: { name: string }) {
  return (
    <span className={name === "production" ? "environment environment-production" : "environment"}>
      <span className="visually-hidden">Environment: </span>
      {name}
    </span>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" className="mark-ground" />
      <path d="M16 4.5 19.2 9v10.5h-6.4V9zM9 20.5h14v2.6H9zM14.6 23.6h2.8v4.4h-2.8z" className="mark-blade" />
    </svg>
  );
}
