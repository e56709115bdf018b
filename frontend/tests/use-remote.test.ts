import { act, renderHook, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { failure, success, type Outcome } from "@/lib/outcome";
import { useRemote } from "@/lib/use-remote";

type Load = (signal: AbortSignal) => Promise<Outcome<string>>;

describe("asking for something remote", () => {
  it("drops an answer that arrives after the question changed, and says so to whoever works on it", async () => {
    const late = Promise.withResolvers<Outcome<string>>();
    const signals: AbortSignal[] = [];
    const slow: Load = (signal) => {
      signals.push(signal);
      return late.promise;
    };
    const quick: Load = async () => success("the answer to the second");
    const { result, rerender } = renderHook(({ load }) => useRemote(load), { initialProps: { load: slow } });
    rerender({ load: quick });
    await waitFor(() => expect(result.current.value).toBe("the answer to the second"));
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
    await act(async () => late.resolve(success("the answer to the first")));
    expect(result.current.value).toBe("the answer to the second");
  });

  it("keeps the last good answer while it asks again, and beside the problem if that fails", async () => {
    const answers = [success("first"), failure("unreachable", "no answer")];
    const load: Load = async () => answers.shift() ?? success("third");
    const { result } = renderHook(() => useRemote(load));
    await waitFor(() => expect(result.current.value).toBe("first"));
    act(() => result.current.reload());
    expect(result.current).toMatchObject({ value: "first", loading: true });
    await waitFor(() => expect(result.current.problem?.kind).toBe("unreachable"));
    expect(result.current).toMatchObject({ value: "first", loading: false });
  });

  it("waits for what it needs before it asks", () => {
    const { result } = renderHook(() => useRemote<string>(null));
    expect(result.current).toMatchObject({ value: undefined, problem: undefined, loading: true });
  });
});
