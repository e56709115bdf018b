import type { Metadata } from "next";
import Link from "next/link";

export const metadata: Metadata = { title: "Page not found" };

export default function NotFound() {
  return (
    <>
      <h1>Page not found</h1>
      <section className="card prose">
        <p>There is no page at this address. It may have been moved, or the link is mistyped.</p>
        <p>
          <Link href="/">Go to the overview</Link>
        </p>
      </section>
    </>
  );
}
