import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";
import { writeKey } from "@/lib/key";

afterEach(() => {
  cleanup();
  writeKey(null);
  window.history.replaceState(null, "", "/");
});
