import type { Metadata } from "next";
import { Settings } from "@/components/settings";

export const metadata: Metadata = { title: "About" };

export default function Page() {
  return (
    <>
      <h1>About this console</h1>
      <div className="stack">
        <section className="card prose" aria-labelledby="what">
          <h2 id="what">What it does</h2>
          <p>
            It asks the API of one environment, from your browser, and shows the answers. It changes nothing. Health is
            open to everybody; the lists need an API key of that environment.
          </p>
        </section>
        <section className="card prose" aria-labelledby="key">
          <h2 id="key">Your API key</h2>
          <p>
            The key stays in this tab&rsquo;s session storage and is gone when the tab is closed. It is sent to this
            environment&rsquo;s API and nowhere else. A link may carry it as <code>#key=…</code>: a fragment is never
            sent to a server, and it is removed from the address bar as soon as it has been read.
          </p>
        </section>
        <section className="card" aria-labelledby="settings">
          <h2 id="settings">Settings of this environment</h2>
          <Settings />
        </section>
      </div>
    </>
  );
}
