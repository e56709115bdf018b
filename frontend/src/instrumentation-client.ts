import { takeKeyFromFragment } from "@/lib/key";

// Runs before the router reads the address: afterwards the router would put the key back into it.
takeKeyFromFragment(window.location, window.history);
