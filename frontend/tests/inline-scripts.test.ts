import { describe, expect, it } from "vitest";
import { externalise } from "../scripts/inline-scripts.mjs";

const src = (name: string | undefined) => `<script src="/_next/static/inline/${name}"></script>`;

describe("inline scripts", () => {
  it("become one file where they are neighbours, in their order", () => {
    const { html, files } = externalise("<p>a</p><script>one()</script><script>two()</script><p>b</p>");
    const [[name, content] = []] = [...files];
    expect(content).toBe("one();\ntwo()\n");
    expect(html).toBe(`<p>a</p>${src(name)}<p>b</p>`);
  });

  it("stay apart around other elements, so that nothing runs earlier or later than it did", () => {
    const { html, files } = externalise(
      '<script>one()</script><script src="/x.js" async=""></script><script>two()</script>',
    );
    const [one, two] = [...files.keys()];
    expect(html).toBe(`${src(one)}<script src="/x.js" async=""></script>${src(two)}`);
  });

  it("keep their attributes", () => {
    const { html, files } = externalise(
      '<script>one()</script><script id="_R_">two()</script><script>three()</script>',
    );
    const [one, two, three] = [...files.keys()];
    expect(html).toBe(`${src(one)}<script id="_R_" src="/_next/static/inline/${two}"></script>${src(three)}`);
  });

  it("are named after their content, so that the same content is the same file", () => {
    const names = ["<script>a()</script>", "<i/><script>a()</script>", "<script>b()</script>"].map(
      (page) => [...externalise(page).files.keys()][0],
    );
    expect(names[0]).toBe(names[1]);
    expect(names[0]).not.toBe(names[2]);
    expect(names[0]).toMatch(/^[0-9a-f]{16}\.js$/);
  });

  it("with a replacement pattern or an escaped closing tag inside are copied as they are", () => {
    const code = 'push("$& $1 $` <\\/script>")';
    expect([...externalise(`<script>${code}</script>`).files.values()]).toEqual([`${code}\n`]);
  });
});
