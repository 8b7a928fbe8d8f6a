import type { AccessPolicy } from "../../access/policy.ts";
import { canonicalRoom, type ConferenceName } from "../../access/conference_name.ts";
import type { Audience } from "../../stream/event.ts";
import type { Acl, Verdict } from "./acl.ts";
import { ALL_TENANTS, type Identity } from "./identity.ts";
import { eventText, type Version } from "./ops.ts";

/** Everybody among the users of an audience. */
export const EVERYBODY = "*";

/** An event as clients get it. */
export interface Message {
  readonly name: string;
  /** JSON. */
  readonly text: string;
  /** What a token must allow; `null`: nothing; absent: nobody gets it. */
  readonly requiredAcl?: string | null | undefined;
  readonly conference?: ConferenceName | undefined;
  readonly audience: Audience;
}

/** One event on its way to those who may get it: what is the same for many is found out once. */
export class Broadcast {
  readonly message: Message;
  readonly #access: AccessPolicy;
  readonly #tenant: string | undefined;
  readonly #everybody: boolean;
  #wrapped: string | undefined;
  readonly #scopes = new Map<string, boolean>();
  readonly #acls = new Map<Acl, Verdict>();

  constructor(message: Message, access: AccessPolicy) {
    this.message = message;
    this.#access = access;
    const { tenant, users } = message.audience;
    this.#everybody = users.includes(EVERYBODY);
    this.#tenant = tenant === undefined ? undefined : canonicalRoom(tenant);
  }

  /** Its text in this version, made once. */
  text(version: Version): string {
    if (version === 1) return this.message.text;
    return this.#wrapped ??= eventText(this.message.text, 2);
  }

  /**
   * Whether a connection gets it whose token is `current`. The others are those with which it
   * subscribed, to this name and to all.
   */
  isFor(current: Identity, byName: Identity | undefined, toAll: Identity | undefined): boolean {
    return this.#isInScope(current) &&
      ((byName !== undefined && this.#isForUser(byName, current)) ||
        (toAll !== undefined && this.#isForUser(toAll, current))) &&
      this.#isAllowed(current);
  }

  #isInScope(current: Identity): boolean {
    if (!this.message.conference) return this.#isInTenant(current);
    let found = this.#scopes.get(current.scope);
    if (found === undefined) {
      found = this.#access.inScope(current.principal, this.message.conference);
      this.#scopes.set(current.scope, found);
    }
    return found;
  }

  #isInTenant({ tenant, inOneRoom, user }: Identity): boolean {
    const { users } = this.message.audience;
    if (inOneRoom && (user === undefined || !users.includes(user))) return false;
    return tenant === ALL_TENANTS || tenant === this.#tenant;
  }

  #isForUser(then: Identity, current: Identity): boolean {
    if (then.privileged && current.privileged) return true;
    const { users } = this.message.audience;
    return this.#everybody || (then.user !== undefined && users.includes(then.user));
  }

  #isAllowed({ acl, who }: Identity): boolean {
    const { requiredAcl } = this.message;
    if (requiredAcl === null) return true;
    if (requiredAcl === undefined) return false;
    let verdict = this.#acls.get(acl);
    if (verdict === undefined) this.#acls.set(acl, verdict = acl.toAll(requiredAcl));
    return verdict === "depends" ? acl.allows(requiredAcl, who) : verdict === "allowed";
  }
}
