import type { Metadata } from "next";
import { ListsView } from "@/components/lists-view";

export const metadata: Metadata = { title: "Lists" };

export default function Page() {
  return (
    <>
      <h1>Lists</h1>
      <ListsView />
    </>
  );
}
