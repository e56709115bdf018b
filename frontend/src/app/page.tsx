import { Overview } from "@/components/overview";

export default function Page() {
  return (
    <>
      <h1>Overview</h1>
      <Overview />
    </>
  );
}
