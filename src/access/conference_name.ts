/**
 * Conference names: what is a valid one, and when two are the same (J21, J26; docs/protocol.md).
 *
 * @module
 */

import { BoundedMap } from "../base/bounded_map.ts";
import { readDomain } from "./domain_setting.ts";

/** A parsed name. Two names are the same conference exactly if their keys are equal. */
export interface ConferenceName {
  /** The canonical name: `room@conference.tenant.domain`, where the domains are configured. */
  readonly key: string;
  /** The room alone, canonical, without tenant and domain. */
  readonly room: string;
  /** Canonical; `undefined` for a name without tenant. */
  readonly tenant: string | undefined;
  /** What stands after the `@` of the key; `undefined` for a bare room. */
  readonly domain: string | undefined;
}

/** What is wrong with a name, for programs. */
export type ConferenceNameErrorCode =
  | "empty"
  | "too_long"
  | "characters"
  | "resource"
  | "second_at"
  | "tenant"
  | "domain"
  | "settings";

/** Not a conference name. The message says what to write instead. */
export class ConferenceNameError extends Error {
  override readonly name = "ConferenceNameError";
  readonly code: ConferenceNameErrorCode;

  constructor(code: ConferenceNameErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The domains of the deployment, as Prosody is configured. */
export interface ConferenceNamesOptions {
  /** `XMPP_DOMAIN`, e.g. `meet.example`. */
  xmppDomain?: string | undefined;
  /** `XMPP_MUC_DOMAIN`, e.g. `conference.meet.example`. */
  mucDomain?: string | undefined;
}

/** What an operator should know about the two domains that are set, or not set. */
export interface DomainDoubt {
  /** `apart`: one does not belong to the other. The others name what is not set. */
  readonly code: "apart" | "no_domains" | "no_xmpp_domain" | "no_muc_domain";
  /** Completes a sentence that begins with the setting's name. */
  readonly text: string;
  readonly setting: "XMPP_DOMAIN" | "XMPP_MUC_DOMAIN";
}

/** The longest name, before and after it is made canonical (RFC 7622 section 3.1). */
const MAX_OCTETS = 1023;
/** How many parsed names are kept; thousands of visitors subscribe to the same few. */
const MAX_CACHED_NAMES = 2048;

const ASCII = /^\p{ASCII}*$/u;

/**
 * What Prosody does not fold, because its tables (RFC 3454: Unicode 3.2) do not know the character
 * or its counterpart: later letters with case, later compatibility forms and combining marks, older
 * letters whose lower case came later (Cherokee, Georgian), and the five ideographs that Unicode
 * Corrigendum 4 moved. Stretches of characters that nothing folds are swallowed to keep it short.
 */
const UNKNOWN_TO_PROSODY = `
  23A-24E 350-35F 370-372 376 37F 3CF 3F7-3FF 487 4C0 4F6 4FA-4FE 510-52E 5A2 5BA 5C5-61A 656-65F
  7EB-8FF 9FE C3C CBC D3B-D3C EBA 103A-10FC 135D-13F5 1715 17DD 1939-1DFF 1E9E 1EFA-1EFE 2090-209C
  20EB-20F0 2132 213B-213C 2150-2152 2183-2189 2C00-2DFF 321D-321E 3244-3250 327C-327E 32CC-32CF
  32FF 3377-337A 33DE-33DF 33FF-ABED FA2E-FA2F FA6B-FAD9 FE10-FE19 FE24-FE2F FE47-FE48 101FD-1037A
  10426-1CCF9 1D242-1D244 1D4C1 1D6A4-1D6A5 1D7CA-1D7CB 1E000-1FBF9 2F868 2F874 2F91F 2F95F 2F9BF`;
const KNOWN_RUN = new RegExp(
  `[^${UNKNOWN_TO_PROSODY.trim().replace(/\w+/g, "\\u{$&}").replace(/\s+/g, "")}]+`,
  "gu",
);

/**
 * What no part of a name holds, once canonical: control and invisible characters, surrogates and
 * unassigned ones (`C`, `DI`), white space (`Z`), the replacement characters, what an XMPP localpart
 * must not hold (RFC 6122 appendix A.5), and the wildcards `*` and `#`. Tested on the canonical form,
 * because NFKC makes an `@` of a fullwidth `＠` and a `*` of a `＊`.
 */
const REFUSED = /[\p{C}\p{Z}\p{DI}\uFFFC\uFFFD"&'/:<>@*#]/u;

/** `[tenant]room`; the tenant is one label of a domain. */
const TENANT_AND_ROOM = /^\[([^[\].]+)\]([^[\]]+)$/;

/**
 * The canonical form of a room or a tenant, in a conference name and in a token's claim alike:
 * Unicode NFKC, lower case, and with it percent-encoding in lower case.
 *
 * It is not Prosody's own nodeprep (RFC 3491), which goes further: it
 * makes `ss` of `ß` and deletes zero-width characters. Names that only nodeprep holds equal stay
 * apart here, which lets nobody in. The other direction must never happen, so whatever Prosody does
 * *not* fold is left as it is. For the same reason `é` and `%c3%a9` are two rooms: Prosody, which
 * never decodes, has both. Browsers send the second, so that is what a token's claim must say, as it
 * must for Prosody. `ς` becomes `σ`: both are the lower case of `Σ`, and which one a string gets
 * would otherwise depend on its neighbours.
 */
export function canonicalRoom(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return text.replace(
    KNOWN_RUN,
    (run) => run.normalize("NFKC").toLowerCase().replaceAll("ς", "σ").normalize("NFKC"),
  );
}

/** Parses conference names under the domains of one deployment. */
export class ConferenceNames {
  /** `undefined`: both are set, and a tenant stands between their parts. */
  readonly doubt: DomainDoubt | undefined;
  readonly #domains: DomainRule;
  readonly #parsed = new BoundedMap<string, ConferenceName>(MAX_CACHED_NAMES);

  /** @throws {ConferenceNameError} a domain is not one (code `settings`). */
  constructor(options: ConferenceNamesOptions) {
    this.#domains = domainRule(
      checkedSetting("XMPP_DOMAIN", options.xmppDomain),
      checkedSetting("XMPP_MUC_DOMAIN", options.mucDomain),
    );
    this.doubt = this.#domains.doubt;
  }

  /** @throws {ConferenceNameError} `text` is not the name of a conference of this deployment. */
  parse(text: string): ConferenceName {
    const known = this.#parsed.get(text);
    if (known) return known;
    const name = this.#parse(text);
    this.#parsed.set(text, name);
    return name;
  }

  #parse(text: string): ConferenceName {
    refuseLong(text);
    if (text.includes("/")) fail("resource", "a conference name has no resource: leave out the /");
    const at = text.indexOf("@");
    if (at !== text.lastIndexOf("@")) fail("second_at", "a conference name has one @");
    const node = parseNode(at < 0 ? text : text.slice(0, at));
    const name = at < 0
      ? this.#bareRoom(node)
      : this.#domains.name(node, parseDomain(text.slice(at + 1)));
    refuseLong(name.key);
    return name;
  }

  #bareRoom(node: Node): ConferenceName {
    if (this.#domains.example !== undefined) {
      fail("domain", `the conference name has no domain: write room@${this.#domains.example}`);
    }
    if (node.room.endsWith(".")) fail("domain", "a conference name does not end in a dot");
    return { key: nodeText(node), ...node, domain: undefined };
  }
}

interface Node {
  readonly room: string;
  readonly tenant: string | undefined;
}

/** Which domains a name may have, and where the tenant stands in them. */
interface DomainRule {
  /** A domain to show in messages; `undefined` where none is configured. */
  readonly example: string | undefined;
  readonly doubt: DomainDoubt | undefined;
  name(node: Node, domain: string): ConferenceName;
}

function domainRule(xmpp: string | undefined, muc: string | undefined): DomainRule {
  if (xmpp === undefined) return muc === undefined ? anyDomain() : oneDomain(muc, ONLY_MUC);
  if (muc === undefined) return tenantDomains("[^.]+", xmpp, `conference.${xmpp}`, ONLY_XMPP);
  if (!muc.endsWith(`.${xmpp}`)) return oneDomain(muc, APART);
  const prefix = muc.slice(0, -xmpp.length - 1);
  return tenantDomains(RegExp.escape(prefix), xmpp, muc, undefined);
}

const NEITHER: DomainDoubt = {
  code: "no_domains",
  setting: "XMPP_DOMAIN",
  text:
    "and XMPP_MUC_DOMAIN are not set: a conference may be on any domain, and has a tenant only " +
    "where its name is written as [tenant]room",
};
const ONLY_MUC: DomainDoubt = {
  code: "no_xmpp_domain",
  setting: "XMPP_DOMAIN",
  text:
    "is not set: conferences are on XMPP_MUC_DOMAIN alone, and one has a tenant only where its " +
    "name is written as [tenant]room",
};
const ONLY_XMPP: DomainDoubt = {
  code: "no_muc_domain",
  setting: "XMPP_MUC_DOMAIN",
  text:
    "is not set: any label may stand where `conference` stands in room@conference.tenant.domain",
};
const APART: DomainDoubt = {
  code: "apart",
  setting: "XMPP_MUC_DOMAIN",
  text: "does not belong to XMPP_DOMAIN: no conference has a tenant in its domain",
};

function anyDomain(): DomainRule {
  return {
    example: undefined,
    doubt: NEITHER,
    name: (node, domain) => ({ key: `${nodeText(node)}@${domain}`, ...node, domain }),
  };
}

function oneDomain(muc: string, doubt: DomainDoubt): DomainRule {
  return {
    example: muc,
    doubt,
    name(node, domain) {
      if (domain !== muc) fail("domain", `the conference is not on ${muc}`);
      return { key: `${nodeText(node)}@${domain}`, ...node, domain };
    },
  };
}

/** `prefix.base` and `prefix.tenant.base`; `[tenant]room@prefix.base` is a way to write the second. */
function tenantDomains(
  prefix: string,
  base: string,
  example: string,
  doubt: DomainDoubt | undefined,
): DomainRule {
  const pattern = new RegExp(`^(${prefix})\\.(?:([^.]+)\\.)?${RegExp.escape(base)}$`, "u");
  return {
    example,
    doubt,
    name(node, text) {
      const match = pattern.exec(text);
      if (!match) fail("domain", `the conference is not on ${example} or a tenant's domain of it`);
      if (node.tenant !== undefined && match[2] !== undefined) {
        fail("tenant", "the conference name has two tenants: one in [ ], one in the domain");
      }
      const tenant = node.tenant ?? match[2];
      const domain = tenant === undefined ? text : `${match[1]}.${tenant}.${base}`;
      return { key: `${node.room}@${domain}`, room: node.room, tenant, domain };
    },
  };
}

function parseNode(text: string): Node {
  if (text === "") fail("empty", "the conference name has no room");
  const node = canonicalRoom(text);
  refuseCharacters("room", node);
  if (/^\.+$/.test(node)) fail("characters", "the room is nothing but dots");
  if (!node.includes("[") && !node.includes("]")) return { room: node, tenant: undefined };
  const match = TENANT_AND_ROOM.exec(node);
  if (!match) fail("tenant", "square brackets stand only around the tenant: [tenant]room");
  return { room: match[2]!, tenant: match[1] };
}

function parseDomain(text: string): string {
  if (text === "") fail("empty", "the conference name has no domain after the @");
  const domain = canonicalRoom(text);
  refuseCharacters("domain", domain);
  if (/[[\]]/.test(domain)) fail("characters", "a domain has no square brackets");
  if (domain.split(".").includes("")) {
    fail("domain", "the domain begins or ends with a dot, or has two in a row");
  }
  return domain;
}

function checkedSetting(name: string, value: string | undefined): string | undefined {
  if (value === undefined || value === "") return undefined;
  if (readDomain(value) === undefined) fail("settings", `${name} is not a domain name`);
  return parseDomain(value);
}

function nodeText(node: Node): string {
  return node.tenant === undefined ? node.room : `[${node.tenant}]${node.room}`;
}

function refuseCharacters(part: string, text: string): void {
  const found = REFUSED.exec(text)?.[0];
  if (found === undefined) return;
  const codePoint = found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  fail("characters", `the ${part} holds U+${codePoint}, which a conference name must not hold`);
}

const encoder = new TextEncoder();

function refuseLong(text: string): void {
  const long = text.length > MAX_OCTETS || encoder.encode(text).length > MAX_OCTETS;
  if (long) fail("too_long", `the conference name is longer than ${MAX_OCTETS} octets`);
}

function fail(code: ConferenceNameErrorCode, message: string): never {
  throw new ConferenceNameError(code, message);
}
