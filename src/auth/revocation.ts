import type { ClientPrincipal, SystemPrincipal } from "./principal.ts";

/** Knows which tokens were taken back before they expire. */
export interface RevocationCheck {
  /** Whether the token of `principal` was; it is being shown right now. Never throws. */
  isRevoked(principal: ClientPrincipal | SystemPrincipal): boolean;
}
