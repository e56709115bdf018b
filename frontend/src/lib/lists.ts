/** One list of the API, as the console shows it. */
export type ListDefinition = {
  readonly name: string;
  readonly title: string;
  readonly path: string;
  /** The field that identifies a row. */
  readonly id: string;
  readonly about: string;
};

export const LISTS: readonly ListDefinition[] = [
  {
    name: "templates",
    title: "Templates",
    path: "/api/templates",
    id: "templateId",
    about: "What a strategy is made from.",
  },
  {
    name: "strategies",
    title: "Strategies",
    path: "/api/strategies",
    id: "strategyId",
    about: "Templates with their parameters filled in.",
  },
  {
    name: "risk-profiles",
    title: "Risk profiles",
    path: "/api/risk-profiles",
    id: "profileId",
    about: "Limits that orders are held to.",
  },
  {
    name: "orders",
    title: "Orders",
    path: "/api/orders",
    id: "orderId",
    about: "Simulated while the environment trades on paper.",
  },
  {
    name: "market-data",
    title: "Market data",
    path: "/api/market-data",
    id: "symbol",
    about: "Symbols that can be quoted.",
  },
  {
    name: "exchanges",
    title: "Exchanges",
    path: "/api/exchanges",
    id: "exchange",
    about: "Venues the platform knows, and the state of its credentials for each.",
  },
  {
    name: "ai-intelligence",
    title: "AI intelligence",
    path: "/api/ai-intelligence",
    id: "provider",
    about: "Models that can be asked for a signal, and the state of their credentials.",
  },
  {
    name: "data-sources",
    title: "Data sources",
    path: "/api/data-sources",
    id: "dataSourceId",
    about: "Where prices and news come from.",
  },
  {
    name: "providers",
    title: "Providers",
    path: "/api/providers",
    id: "providerId",
    about: "Services that the sources belong to.",
  },
  {
    name: "audit",
    title: "Audit",
    path: "/api/audit",
    id: "entityId",
    about: "Every write of the last 30 days, latest first.",
  },
];

/** The list that a fragment such as `#list=orders` names; the first one when it names none. */
export function listFromFragment(hash: string): ListDefinition {
  const name = new URLSearchParams(hash.slice(1)).get("list");
  const first = LISTS[0];
  if (first === undefined) throw new Error("no lists are defined");
  return LISTS.find((list) => list.name === name) ?? first;
}
